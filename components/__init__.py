"""The steps of the pipeline and the contracts that they share."""
