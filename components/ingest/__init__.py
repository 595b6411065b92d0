"""Lists the raw folder: which images are there, which are new."""
