"""A public dataset as a raw folder: its encoded images as they are, written once under the data root.

Reading a dataset that TFDS has prepared needs no TensorFlow; preparing one usually does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from components import digest, storage
from components.ingest.catalogue import Address, Source, find_builder, open_source
from components.ingest.sheet import NAMES
from components.runs import Recorder
from components.storage import streams

WRITERS = 16
BATCH = 512  # images in memory at the same time
_KINDS = {b"\xff\xd8": "jpg", b"\x89PNG": "png", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}


def materialise(raw: str, data_root: str, record: Recorder) -> str:
    """The folder under the data root that holds the dataset's images and a manifest; made at the first call.

    raw: `tfds:<name>[:<version>][:<split>][?image=<feature>&label=<feature>]`. The manifest is written last: without
    it the folder is made again. Raises InputError if the dataset, its split or its features are not there,
    UnavailableError if TFDS cannot prepare it.
    """
    address = Address.parse(raw)
    builder = find_builder(address)
    decides = [builder.info.full_name, address.split, address.image, address.label]
    readable = re.sub(r"[^\w.]+", "-", f"{decides[0]}-{address.split}").strip("-")
    place = storage.join(data_root, "raw", f"{readable}-{digest.of_json(decides)}")
    mark = storage.join(place, NAMES[1])
    if not storage.exists(mark):  # else it need not even be prepared where this runs
        source = open_source(builder, address)
        lines = (json.dumps(line, ensure_ascii=False) for line in _write(source, place, record))
        streams.write_lines(mark, lines)
    return place


def _write(source: Source, place: str, record: Recorder) -> Iterator[dict[str, str]]:
    """Write every labelled image; yields its line of the manifest."""
    examples = enumerate(source.examples())
    done = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        while batch := list(islice(examples, BATCH)):
            named = [(_path(number, label, data), label, data) for number, (label, data) in batch]
            list(pool.map(lambda item: storage.write_bytes(storage.join(place, item[0]), item[2]), named))
            yield from ({"uri": path, "label": label} for path, label, _ in named)
            done += len(batch)
            record.progress(done=done, total=source.images, unit="images")


def _path(number: int, label: str, data: bytes) -> str:
    kind = next((kind for start, kind in _KINDS.items() if data.startswith(start)), "image")
    folder = re.sub(r"[^\w -]", "_", label)  # the manifest has the label itself
    return f"{folder}/{number:08d}.{kind}"
