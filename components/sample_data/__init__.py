"""A real two-brand image set from published packages: two houses' drawings of the same emoji."""
