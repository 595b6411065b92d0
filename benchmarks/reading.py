"""The reader of a snapshot against the barest loop that TensorFlow can run over the same records."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

SIDE_PX, BATCH, ROUNDS = 224, 64, 3


def reader(pointer: str) -> dict[str, Any]:
    """Images a second of both over the training split, by turns; the first epoch of each is not counted."""
    from components import datasets
    from components.artifacts import Snapshot

    made = Snapshot.read(pointer)
    loops = {
        "bare": _bare(made),
        "reader": datasets.load_split(made, "train", SIDE_PX).batch(BATCH).prefetch(2),
    }
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS + 1):
        for name, dataset in loops.items():
            started = time.perf_counter()
            images = sum(int(batch["image"].shape[0]) for batch in dataset)
            rates[name].append(images / (time.perf_counter() - started))
    medians = {name: statistics.median(found[1:]) for name, found in rates.items()}
    return {**medians, "ratio": medians["reader"] / medians["bare"], "images": images, "rounds": rates}


def _bare(made: Any) -> Any:
    """Records, pixels, size, batches: nothing is joined, filtered, ordered or checked."""
    import tensorflow as tf

    from tuning import pixels

    files = sorted(str(path) for item in made.increments for path in Path(item.uri).glob("images-train.tfrecord-*"))

    def decoded(record: Any) -> dict[str, Any]:
        content = tf.io.parse_single_example(record, {"image": tf.io.FixedLenFeature([], tf.string)})["image"]
        image = tf.io.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE")
        stored = tf.ensure_shape(image, (made.stored_side_px, made.stored_side_px, 3))
        return {"image": pixels.resize(stored, SIDE_PX)}

    records = tf.data.TFRecordDataset(files, num_parallel_reads=tf.data.AUTOTUNE)
    return records.map(decoded, num_parallel_calls=tf.data.AUTOTUNE, deterministic=False).batch(BATCH).prefetch(2)
