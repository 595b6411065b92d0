"""Servers that run the graph: Kubeflow Pipelines and Vertex AI."""
