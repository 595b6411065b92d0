"""Searches one backbone."""
