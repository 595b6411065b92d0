"""Lists what is there and what is new."""
