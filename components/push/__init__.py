"""Register the challenger and let the champion pointer name it."""
