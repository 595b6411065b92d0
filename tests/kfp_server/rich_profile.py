"""A profile of Kubeflow that asks for everything there is."""

SPOT = {
    "node_selector": {"spot": "true"},
    "tolerations": [{"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
}
GPU = {
    "accelerator": {"type": "nvidia.com/gpu", "count": 2},
    "tolerations": [{"key": "gpu", "effect": "NoSchedule"}],
    "shared_memory": "1Gi",
}
KUBEFLOW = {
    "platform": "kubeflow",
    "raw": "/data/raw",
    "data_root": "/data/root",
    "server": {"endpoint": "https://kubeflow.example.com", "labels": {"team": "vision"}},
    "notification": {"webhook_env": "WEBHOOK", "when": ["always"]},
    "machine": {
        "cpu": "1",
        "memory": "2Gi",
        "timeout_s": 600,
        "volumes": [{"claim": "brandlens", "mount": "/data", "sub_path": "team"}],
    },
    "machines": {
        "ingest": {"secrets": [{"name": "registry", "mount": "/secrets/registry"}]},
        "tune": {**GPU, "spot": SPOT},
        "train": {**GPU, "spot": {**SPOT, "fallback": False}},
        "notify": {"secrets": [{"name": "webhook", "env": {"WEBHOOK": "url"}}]},
    },
}
