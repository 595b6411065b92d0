"""Compute what is missing: one pass over the images of a block fills every series that lacks it."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tuning.store import views
from tuning.store.address import IMAGES, Series
from tuning.store.cuts import Chain, batches, padded
from tuning.store.images import ChosenImages, ImageBlock
from tuning.store.members import Members
from tuning.store.shelf import Shelf, StoredBlock
from tuning.store.views import View

_AHEAD = 2  # batches that are read while others are computed
_OPENERS = 8  # blocks that are brought and checked at the same time


@dataclass
class Tally:
    """How much was done."""

    computed_images: int = 0  # passes of an image through the network: one for each view
    found_images: int = 0  # that were stored in every series asked for, counted for each view
    written_bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Filler:
    """Fills series of one network at one side."""

    side_px: int
    shelf: Shelf
    members: Members
    chain: Callable[[], Chain]  # from the images through all cuts that may be asked for; called when it is needed
    tally: Tally
    on_images: Callable[[int, int], None]  # hears how many images of how many are computed

    def fill(self, split: str, series: Mapping[str, Series], view: View) -> None:
        """Store every image of a split in all these series, by cut, in a view; what is there is not computed again."""
        started = time.monotonic()
        lacking = self._lacking(split, series)
        total, done = sum(len(self.members.ids_of(chosen)) for chosen, _ in lacking), 0

        def count(images: int) -> None:
            nonlocal done
            done += images
            self.on_images(done, total)

        # In an order of our own: others that fill the same series meet us at few blocks, whenever they began.
        for chosen, missing in random.SystemRandom().sample(lacking, len(lacking)):
            still = {cut: place for cut, place in missing.items() if self._find(place, chosen) is None}
            if still:  # no other machine was faster
                self._fill_block(chosen, still, view, count)
        self.tally.seconds += time.monotonic() - started

    def _lacking(self, split: str, series: Mapping[str, Series]) -> list[tuple[ChosenImages, dict[str, Series]]]:
        """Blocks that are not whole in one of the series, with these series.

        At the first that is found the network begins to be compiled, while what is there is still being checked.
        """
        blocks = self.members.splits[split]
        pairs = [(place, chosen) for chosen in reversed(blocks) for place in series.values()]  # the newest lack most
        with ThreadPoolExecutor(_OPENERS) as pool:
            looking = {pool.submit(self._find, *pair): pair for pair in pairs}
            for one in as_completed(looking):
                if one.result() is None and looking[one][0].cut != IMAGES:
                    self.chain().compile_ahead()
                    break
        found = [one.result() for one in looking]
        absent = {pair[1].block.key: {} for pair in pairs}  # type: dict[str, dict[str, Series]]
        for (place, chosen), block in zip(pairs, found, strict=True):
            if block is None:
                absent[chosen.block.key][place.cut] = place
        whole = [chosen for chosen in blocks if not absent.get(chosen.block.key, True)]
        self.tally.found_images += sum(len(chosen.labels) for chosen in whole)
        return [(chosen, absent[chosen.block.key]) for chosen in blocks if absent.get(chosen.block.key)]

    def _fill_block(
        self, chosen: ChosenImages, missing: Mapping[str, Series], view: View, on_images: Callable[[int], None]
    ) -> None:
        block, ids = chosen.block, self.members.ids_of(chosen)
        writers = {cut: self.shelf.writer(series, block.key, ids) for cut, series in missing.items()}
        wanted = [cut for cut in missing if cut != IMAGES]
        for rows, images in _read_ahead(block, len(ids), self.side_px):
            if IMAGES in writers:
                writers[IMAGES].add(images)
            if wanted:
                changed = views.apply(view, [ids[row] for row in rows], images)
                for cut, activations in _activations(self.chain(), changed, wanted):
                    writers[cut].add(activations[: len(rows)])
            on_images(len(rows))
        for writer in writers.values():
            writer.close()
        self.tally.computed_images += len(ids)
        self.tally.written_bytes += sum(writer.bytes for writer in writers.values())

    def _find(self, series: Series, chosen: ChosenImages) -> StoredBlock | None:
        return self.shelf.find(series, chosen.block.key)


def _activations(chain: Chain, images: Any, wanted: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """The wanted cuts' activations, computed no further than the highest of them."""
    left = set(wanted)
    for cut, activations in chain.run(padded(images)):
        if cut in left:
            yield cut, keras.ops.convert_to_numpy(activations).astype(np.float32, copy=False)
            left.remove(cut)
        if not left:
            return


def _read_ahead(block: ImageBlock, count: int, side_px: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of a block's rows and images; while one is computed the next ones are read."""
    portions = [np.arange(part.start, part.stop) for part in batches(count)]
    reading: deque[Future[np.ndarray]] = deque()
    with ThreadPoolExecutor(1) as pool:
        for place, rows in enumerate(portions):
            while len(reading) <= _AHEAD and place + len(reading) < len(portions):
                reading.append(pool.submit(block.read, portions[place + len(reading)], side_px))
            yield rows, reading.popleft().result()
