"""Fits the selected backbone and exports it."""
