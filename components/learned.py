"""Which snapshots were learned from to the end: a model of theirs was put into service, or kept out by a verdict.

Where none was, the run that made the snapshot failed or was stopped. Its images are no longer new, and yet nobody has
learned from them: the next run goes on, however few images are new to it.
"""

from __future__ import annotations

import json

from components import storage


def mark(data_root: str, snapshot_id: str, model_id: str) -> None:
    """Note that the snapshot has led to a model, and that model to its place. Raises StorageError."""
    storage.write_text(_uri(data_root, snapshot_id), json.dumps({"model_id": model_id}) + "\n")


def is_marked(data_root: str, snapshot_id: str) -> bool:
    """Whether there was such a model. Raises StorageError."""
    return storage.exists(_uri(data_root, snapshot_id))


def _uri(data_root: str, snapshot_id: str) -> str:
    return storage.join(data_root, "learned", f"{snapshot_id}.json")
