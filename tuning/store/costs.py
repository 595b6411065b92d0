"""What a decision about cuts needs to know of this machine: measured, not assumed."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tuning.store.address import IMAGES

_TRIAL_BYTES = 1 << 21  # written and read to measure the disk


@dataclass(frozen=True)
class Costs:
    """Seconds and bytes of one image on this machine."""

    forward_s: Mapping[str, float]  # cut -> from the cut before it; IMAGES -> reading and decoding
    row_bytes: Mapping[str, int]  # cut -> as it is stored
    read_bytes_a_s: float
    write_bytes_a_s: float

    def encode(self) -> bytes:
        """As a file, so that a search that goes on decides as it did."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @staticmethod
    def decode(content: bytes | None) -> Costs | None:
        """What encode wrote; None if that cannot be read."""
        try:
            return Costs(**json.loads(content or b""))
        except (ValueError, TypeError):
            return None


def measure(chain: Any, read_images: Callable[[], np.ndarray], folder: Path, itemsize: int) -> Costs:
    """Time a batch of images through every piece of a chain, and the disk of a folder.

    read_images: reads and decodes a batch, uint8 (n, side, side, 3). itemsize: bytes of a stored number.
    """
    read_images()  # the first time files may be opened, as graphs are made below
    images, read_s = _timed(read_images)
    forward = {IMAGES: read_s / len(images)}
    row_bytes = {IMAGES: int(images[0].nbytes)}
    *_, (_, activations) = chain.run(images)  # compiled, and computed for the first time
    _fetched(activations)
    batch: Any = images
    for cut, call in chain.pieces():
        batch, seconds = _timed(partial(_called, call, batch))
        forward[cut] = seconds / len(images)
        row_bytes[cut] = itemsize * int(np.prod(batch.shape[1:]))
    read, write = disk_speeds(folder)
    return Costs(forward, row_bytes, read, write)


def disk_speeds(folder: Path) -> tuple[float, float]:
    """Bytes a second that are read from and written to a folder's disk, past the system's own cache where it can be."""
    content = np.random.default_rng(0).integers(0, 255, _TRIAL_BYTES, np.uint8)
    with tempfile.TemporaryFile(dir=folder) as file:  # without a name: a kill leaves nothing
        started = time.perf_counter()
        file.write(content.data)
        file.flush()
        os.fsync(file.fileno())
        written = time.perf_counter()
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        forgotten = time.perf_counter()
        np.memmap(file, np.uint8, "r").copy()
        return _TRIAL_BYTES / (time.perf_counter() - forgotten), _TRIAL_BYTES / (written - started)


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """An act's result, and its time.

    Once is enough: what is decided are factors of ten, and of few images measuring is a good part of the work.
    """
    started = time.perf_counter()
    result = act()
    return result, time.perf_counter() - started


def _called(call: Callable[[Any], Any], batch: Any) -> Any:
    activations = call(batch)
    _fetched(activations)
    return activations


def _fetched(activations: Any) -> None:
    """Wait until a device has computed them: one number is asked for, so that copying costs nothing."""
    import keras

    # As float32: TensorFlow makes no array of a single bfloat16.
    float(keras.ops.convert_to_numpy(keras.ops.cast(keras.ops.max(activations[-1]), "float32")))
