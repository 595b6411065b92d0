"""Turns raw images into one increment and a snapshot."""
