"""The features of one network at one image side: rows that are joined from what is stored, or computed from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np

from tuning.store import views
from tuning.store.address import IMAGES, Series
from tuning.store.cuts import Chain
from tuning.store.fill import Filler, Tally
from tuning.store.members import Members
from tuning.store.planner import Plan
from tuning.store.planning import Place
from tuning.store.rows import Computed, Decoded, Joined, Rows
from tuning.store.shelf import Shelf
from tuning.store.views import PLAIN, View


class Side:
    """What StoredSource keeps for each side."""

    plan: Plan  # set once the costs are known

    def __init__(
        self, place: Place, network: Callable[[], keras.Model], members: Members, shelf: Shelf, tally: Tally,
        on_images: Callable[[int, int], None],
    ) -> None:  # fmt: skip
        self.place, self._load, self._members, self._shelf = place, network, members, shelf
        self._network: keras.Model | None = None
        self._chains: dict[tuple[str, tuple[str, ...]], Chain] = {}
        self._filler = Filler(place.side_px, shelf, members, self._planned_chain, tally, on_images)
        self._filled: set[tuple[str, str]] = set()

    def chain(self, start: str, cuts: Sequence[str]) -> Chain:
        """The network's pieces from a cut through others; it is built when the first is asked for."""
        key = start, tuple(cuts)
        if key not in self._chains:
            if self._network is None:
                self._network = self._load()
            self._chains[key] = Chain(self._network, self.place.backbone, start, cuts)
        return self._chains[key]

    def rows(self, split: str, cut: str, view: View) -> Rows:
        """A split's rows at a cut in a view: joined from what is stored, or computed from it at every access."""
        self._ensure(split, view)
        source = self.plan.source_of(cut)
        if source == cut:
            return self._joined(split, self.place.series(cut, view.name))
        if source not in ("", IMAGES):
            chain = self.chain(source, (cut,))
            stored = self._joined(split, self.place.series(source, view.name))
            return Computed(stored, lambda _places, rows: chain.top(rows), chain.shapes[cut])
        chain, names = self.chain(IMAGES, (cut,)), self._members.names(split)
        images = self._joined(split, self.place.series(IMAGES)) if source else self._decoded(split)

        def from_images(places: np.ndarray, rows: np.ndarray) -> np.ndarray:
            return chain.top(views.apply(view, [names[place] for place in places], rows))

        return Computed(images, from_images, chain.shapes[cut])

    def _planned_chain(self) -> Chain:
        """Through cuts that are not kept, too: it is the one whose costs were measured, and may be compiled already."""
        return self.chain(IMAGES, [verdict.cut for verdict in self.plan.verdicts if verdict.cut != IMAGES])

    def _ensure(self, split: str, view: View) -> None:
        """Store what the plan keeps of a split in a view."""
        if (split, view.name) not in self._filled:
            cuts = [cut for cut in self.plan.kept if cut != IMAGES or view == PLAIN]
            self._filler.fill(split, {cut: self.place.series(cut, view.name) for cut in cuts}, view)
            self._filled.add((split, view.name))

    def _joined(self, split: str, series: Series) -> Joined:
        arrays, rows = [], []
        for chosen, index in zip(self._members.splits[split], self._members.index(split), strict=True):
            block = self._shelf.find(series, chosen.block.key)
            if block is None:
                raise RuntimeError(f"features in {series.folder} vanished after they were written; run again")
            for part in block.parts:
                inside = (part.start <= index.rows) & (index.rows < part.start + len(part))
                arrays.append(part.values)
                rows.append(index.rows[inside] - part.start)
        return Joined(arrays, rows)

    def _decoded(self, split: str) -> Decoded:
        side_px = self.place.side_px
        readers = [partial(chosen.block.read, side_px=side_px) for chosen in self._members.splits[split]]
        return Decoded(readers, [index.rows for index in self._members.index(split)], side_px)
