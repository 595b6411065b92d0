"""What is measured in processes of its own: the bare loop, our steps, and plain TFDS."""

from __future__ import annotations

import io
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import photographs

SIDE_PX, QUALITY = 256, 98  # the defaults of data.stored_side_px and of stored JPEGs


def bare(folder: str, first: int, count: int) -> dict[str, Any]:
    """Read, decode with draft, resize, encode: what no pipeline on one core can be faster than."""
    from PIL import Image

    chosen = photographs.files(Path(folder))[first : first + count]
    started = time.perf_counter()
    for path in chosen:
        image = Image.open(io.BytesIO(path.read_bytes()))
        image.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))
        small = image.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
        small.save(io.BytesIO(), "JPEG", quality=QUALITY, subsampling=0)
    return _rate(len(chosen), time.perf_counter() - started)


def steps(raw: str, data_root: str, beam_options: list[str], data: dict[str, Any]) -> dict[str, Any]:
    """Ingest and preprocess as a run does, from the first import on: what a user waits for."""
    started = time.perf_counter()
    from components.ingest.step import run as ingest
    from components.preprocess.step import run as preprocess

    pointer = str(Path(data_root, "snapshot.json"))
    listing = ingest(raw, data_root, data)
    listed = time.perf_counter()
    preprocess(listing, data_root, data, beam_options, pointer)
    seconds = time.perf_counter() - started

    from components.artifacts import Listing, Snapshot

    made = Snapshot.read(pointer)
    return {
        **_rate(Listing.model_validate_json(Path(listing).read_bytes()).new_images, seconds),
        "ingest s": listed - started,
        "admitted": sum(sum(counts.values()) for counts in made.counts.values()),
        "refused": sum(made.quarantined.values()),
    }


def plain_tfds(folder: str, count: int) -> dict[str, Any]:
    """A builder as TFDS's own guide writes it: decode with Pillow, yield an array, let TFDS encode and write."""
    import numpy as np
    import tensorflow as tf
    import tensorflow_datasets as tfds
    from PIL import Image

    tfds.disable_progress_bar()
    tf.zeros(0)  # TensorFlow's own start is not counted
    chosen = photographs.files(Path(folder))[:count]

    class Plain(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> tfds.core.DatasetInfo:
            image = tfds.features.Image(shape=(SIDE_PX, SIDE_PX, 3), encoding_format="jpeg")
            label = tfds.features.ClassLabel(num_classes=photographs.BRANDS)
            return self.dataset_info_from_configs(features=tfds.features.FeaturesDict({"image": image, "label": label}))

        def _split_generators(self, _: Any) -> dict[str, Any]:
            return {"train": self._generate_examples()}

        def _generate_examples(self) -> Iterator[tuple[str, dict[str, Any]]]:
            for path in chosen:
                image = Image.open(path).convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
                yield path.name, {"image": np.asarray(image), "label": int(path.parts[-3].removeprefix("brand"))}

    with tempfile.TemporaryDirectory() as place:
        started = time.perf_counter()
        Plain(data_dir=place).download_and_prepare()
        return _rate(len(chosen), time.perf_counter() - started)


def _rate(images: int, seconds: float) -> dict[str, Any]:
    return {"images": images, "seconds": seconds, "images/s": images / seconds, "CPU ms/image": _cpu_s() / images * 1e3}


def _cpu_s() -> float:
    """Of this process and of those it waited for, from their start on: what others do at the time hardly changes it."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
