"""Looks for what is wrong with a snapshot before a GPU is paid for."""
