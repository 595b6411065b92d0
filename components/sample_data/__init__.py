"""A real two-brand set of images."""
