"""Wiring only: what runs after what, and on which machine."""
