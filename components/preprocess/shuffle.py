"""Brings packs of rows together by key; beside a runner that would hold them all in memory they wait in files.

Beam's own local runner keeps whatever it groups in memory, several times over. There packs are written to a temporary
folder, and what is grouped are a few bytes that name their place, so that memory hardly grows with the images.
Services group packs themselves, on disks of their own.
"""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

LOCAL = {"", "FnApiRunner", "DirectRunner", "SwitchingDirectRunner"}  # "": Beam's default, which is local
Keyed = tuple[Any, bytes]


@contextmanager
def folder(options: Sequence[str]) -> Iterator[str]:
    """Where packs wait while a pipeline with these options runs: "" if its runner groups them itself."""
    runner = PipelineOptions(list(options)).view_as(StandardOptions).runner or ""
    if runner.rsplit(".", 1)[-1] not in LOCAL:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="brandlens-packs-") as made:
        yield made


class _Waiting(beam.PTransform[Any, Any]):
    """folder: where packs wait; "" if they travel themselves."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def _put(self) -> Any:
        return beam.ParDo(_Put(self._folder))


class Spread(_Waiting):
    """(key, pack) -> the same, dealt out evenly among the workers."""

    def expand(self, packs: Any) -> Any:
        """Called by Beam."""
        if not self._folder:
            return packs | beam.Reshuffle()
        return packs | self._put() | beam.Reshuffle() | beam.MapTuple(self._one)

    def _one(self, key: Any, place: bytes) -> Keyed:
        return key, _read(self._folder, [place])[0]


class Grouped(_Waiting):
    """(key, pack) -> (key, all its packs)."""

    def expand(self, packs: Any) -> Any:
        """Called by Beam."""
        if not self._folder:
            return packs | beam.GroupByKey()
        return packs | self._put() | beam.GroupByKey() | beam.MapTuple(self._all)

    def _all(self, key: Any, places: Iterable[bytes]) -> tuple[Any, list[bytes]]:
        return key, _read(self._folder, places)


class GroupedTogether(_Waiting):
    """{name: (key, pack)} -> (key, {name: all its packs}), as Beam's CoGroupByKey."""

    def expand(self, named: Mapping[str, Any]) -> Any:
        """Called by Beam."""
        if not self._folder:
            return named | beam.CoGroupByKey()
        put = {name: packs | f"Put {name}" >> self._put() for name, packs in named.items()}
        return put | beam.CoGroupByKey() | beam.MapTuple(self._all)

    def _all(self, key: Any, places: Mapping[str, Iterable[bytes]]) -> tuple[Any, dict[str, list[bytes]]]:
        return key, {name: _read(self._folder, found) for name, found in places.items()}


class _Put(beam.DoFn):
    """Writes the packs of a bundle to a file, and gives their places: its name, a start and a length in bytes."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def start_bundle(self) -> None:
        """Called by Beam before some elements."""
        # A file for each: what a bundle that failed left in its own spoils no other's places.
        self._name = uuid.uuid4().hex
        self._file = Path(self._folder, self._name).open("xb")  # noqa: SIM115 (closed by finish_bundle)

    def process(self, keyed: Keyed) -> Iterator[Keyed]:
        """Called by Beam."""
        key, pack = keyed
        start = self._file.tell()
        self._file.write(pack)
        yield key, f"{self._name} {start} {len(pack)}".encode()

    def finish_bundle(self) -> None:
        """Called by Beam before anyone is given what process gave."""
        self._file.close()


def _read(folder: str, places: Iterable[bytes]) -> list[bytes]:
    found = []
    for place in places:
        name, start, length = place.decode().split()
        with Path(folder, name).open("rb") as file:
            file.seek(int(start))
            found.append(file.read(int(length)))
    return found
