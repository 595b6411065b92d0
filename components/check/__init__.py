"""Stops a run before a GPU is paid for."""
