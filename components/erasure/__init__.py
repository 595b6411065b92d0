"""Erases images from everything that the runs wrote: found first, replaced, made visible, and only then removed."""
