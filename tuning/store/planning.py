"""From a search's demand to a plan for one image side: measures what is not known yet, and asks planner.py."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tuning.backbones import Backbone
from tuning.store import address, costs, planner
from tuning.store.address import IMAGES, Series
from tuning.store.costs import Costs
from tuning.store.cuts import BATCH, Chain, ordered
from tuning.store.files import MappedFiles
from tuning.store.images import ChosenImages
from tuning.store.planner import CutCost, Plan, Work
from tuning.store.views import PLAIN


@dataclass(frozen=True)
class Demand:
    """What a search, or a training, will ask for."""

    passes: Mapping[int, float]  # depth -> how often all images will be read at its cut
    strengths: tuple[str, ...] = ("none",)  # of augmentation that may be asked for
    views: int = 1  # of each training image and strength, the unchanged one among them

    @staticmethod
    def of_search(depths: Sequence[int], trials: int, epochs: int, heads: int = 0, **others: object) -> Demand:
        """Of a search that will try each depth about as often as any other.

        heads: how many of its trials train together at depth 0, read once an epoch at most; the rest has other depths.
        """
        single = [depth for depth in depths if depth or not heads]
        together = {0: float(epochs)} if heads else {}
        each = (trials - heads) * epochs / len(single)
        return Demand(together | dict.fromkeys(single, each), **others)  # type: ignore[arg-type]

    @property
    def training_copies(self) -> int:
        """Rows that are stored of each training image."""
        return 1 + (self.views - 1) * len(set(self.strengths) - {"none"})


@dataclass(frozen=True)
class Place:
    """What is fixed for one network at one side."""

    backbone: Backbone
    origin: str  # address.origin
    side_px: int
    dtype: str  # of stored features

    def series(self, cut: str, view: str = PLAIN.name) -> Series:
        """Where a cut's features lie."""
        if cut == IMAGES:
            return address.images(self.side_px)
        return Series(self.origin, self.side_px, cut, self.dtype, view)


def cuts_of(place: Place, demand: Demand) -> tuple[str, ...]:
    """The cuts that a demand starts from, the lowest first."""
    return ordered(place.backbone, [address.cut_name(place.backbone, depth) for depth in demand.passes])


def decide(
    place: Place, demand: Demand, splits: Mapping[str, Sequence[ChosenImages]], measured: Costs, files: MappedFiles,
    budget_bytes: float,
) -> Plan:  # fmt: skip
    """The plan for a demand, whose stored features cost nothing. splits: "training" is stored in several views."""
    images = {split: sum(len(chosen.labels) for chosen in blocks) for split, blocks in splits.items()}
    copies = {split: demand.training_copies if split == "training" else 1 for split in images}
    rows = sum(images[split] * copies[split] for split in images)
    passes = {address.cut_name(place.backbone, depth): count for depth, count in demand.passes.items()}
    offered = [
        CutCost(
            cut, measured.row_bytes[cut], measured.forward_s[cut], passes.get(cut, 0.0),
            missing=_missing(place.series(cut), splits, files),
        )
        for cut in (IMAGES, *cuts_of(place, demand))
    ]  # fmt: skip
    work = Work(rows, sum(images.values()), measured.read_bytes_a_s, measured.write_bytes_a_s, budget_bytes)
    return planner.plan(offered, work)


def _missing(series: Series, splits: Mapping[str, Sequence[ChosenImages]], files: MappedFiles) -> float:
    """Share of the images whose block is not stored in the unchanged view."""
    there = {name.rsplit("-", 1)[0] for name in files.names(f"{series.folder}/")}
    blocks = [chosen for blocks in splits.values() for chosen in blocks]
    lacking = sum(len(chosen.labels) for chosen in blocks if f"{series.folder}/{chosen.block.key}" not in there)
    return lacking / max(1, sum(len(chosen.labels) for chosen in blocks))


def measured(
    place: Place, cuts: Sequence[str], chain: Callable[[], Chain], blocks: Sequence[ChosenImages], files: MappedFiles
) -> Costs:
    """Costs of these cuts on this kind of machine: as an earlier run wrote them down, or measured now.

    blocks: all that will be computed, of which a batch is timed.
    """
    name = f"{place.origin}/{place.side_px}px/costs-{_machine(place, cuts)}.json"
    known = Costs.decode(files.read(name))
    if known is None:
        block = blocks[0].block
        rows = np.arange(BATCH) % min(BATCH, len(block.ids()))  # the batch that is timed is a full one
        itemsize = np.dtype(place.dtype).itemsize
        known = costs.measure(chain(), lambda: block.read(rows, place.side_px), files.folder(), itemsize)
        files.write(name, known.encode())
    return known


def _machine(place: Place, cuts: Sequence[str]) -> str:
    import keras

    machine = [keras.backend.backend(), keras.distribution.list_devices(), platform.machine(), os.cpu_count()]
    return hashlib.sha256(json.dumps([machine, place.dtype, list(cuts)]).encode()).hexdigest()[:12]
