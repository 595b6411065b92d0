"""Takes the best trial over all backbones."""
