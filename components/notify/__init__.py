"""Sum up a run when it has ended, well or badly."""
