"""Judge challenger and champion on the same frozen test split."""
