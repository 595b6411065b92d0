"""ImageNet weights from published packages, for machines that cannot reach Keras's own download."""
