"""What a model answered for each image of a split, and the Parquet file that keeps it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from components import storage
from components.artifacts import Answered

PREFIX = "probability."  # one column per class: probability.<label>
ANSWERED = b"brandlens.answered"  # the file's own note: Answered as JSON


@dataclass(frozen=True)
class Predictions:
    """Answers, the images in an order that means nothing; every field has one entry per image.

    labels: (n,) int64 in [0, classes). probabilities: (n, classes) float64, rows sum to 1; columns in order of names.
    """

    names: tuple[str, ...]  # the label map, not per image, as little as `answered`
    ids: tuple[str, ...]
    uris: tuple[str, ...]  # of the raw images
    sources: tuple[str, ...]
    groups: tuple[str, ...]
    labels: np.ndarray
    probabilities: np.ndarray
    answered: Answered = field(default_factory=Answered)  # how the answers were had

    @property
    def predicted(self) -> np.ndarray:
        """(n,) int64: the most probable class; the first of equals."""
        return np.argmax(self.probabilities, axis=1)


def write(predictions: Predictions, uri: str) -> None:
    """Write as Parquet. Raises StorageError if the place refuses."""
    columns = {
        "id": predictions.ids,
        "uri": predictions.uris,
        "label": [predictions.names[label] for label in predictions.labels],
        "predicted": [predictions.names[label] for label in predictions.predicted],
        "source": predictions.sources,
        "group": predictions.groups,
    }
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    for index, name in enumerate(predictions.names):
        arrays[PREFIX + name] = pa.array(predictions.probabilities[:, index], pa.float64())
    buffer = io.BytesIO()
    note = {ANSWERED: predictions.answered.model_dump_json().encode()}
    pq.write_table(pa.table(arrays).replace_schema_metadata(note), buffer)
    storage.write_bytes(uri, buffer.getvalue())


def read(uri: str, names: Sequence[str]) -> Predictions:
    """Read what write wrote; names is the label map. Raises StorageError if the file cannot be read."""
    table = pq.read_table(io.BytesIO(storage.read_bytes(uri)))
    columns = {name: tuple(table[name].to_pylist()) for name in ("id", "uri", "source", "group", "label")}
    note = (table.schema.metadata or {}).get(ANSWERED, b"{}")  # files were without one once
    index = {name: position for position, name in enumerate(names)}
    return Predictions(
        names=tuple(names),
        ids=columns["id"],
        uris=columns["uri"],
        sources=columns["source"],
        groups=columns["group"],
        labels=np.array([index[label] for label in columns["label"]], dtype=np.int64),
        probabilities=np.stack([table[PREFIX + name].to_numpy() for name in names], axis=1),
        answered=Answered.model_validate_json(note),
    )
