"""Turns new raw images into records and a new snapshot, and says of every image what became of it."""
