"""The model library: receives datasets, returns models and results; imports nothing of ours."""
