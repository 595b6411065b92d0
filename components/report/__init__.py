"""Draw the run for a person: one self-contained HTML page."""
