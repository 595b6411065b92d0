"""The feature cache as a FeatureSource: plans, fills what is missing, and hands out rows by index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import keras

from tuning.backbones import Backbone
from tuning.features import Features
from tuning.store import address, eviction, planning, views
from tuning.store.address import IMAGES
from tuning.store.files import MappedFiles
from tuning.store.fill import Tally
from tuning.store.images import ChosenImages
from tuning.store.members import Members
from tuning.store.planner import Plan
from tuning.store.planning import Demand, Place
from tuning.store.shelf import Shelf
from tuning.store.side import Side
from tuning.store.views import PLAIN, Refresh, View

TRAINING, VALIDATION = "training", "validation"


@dataclass(frozen=True)
class StoreSettings:
    """How features are stored."""

    dtype: str = "float16"  # or "float32"
    budget_bytes: float = float("inf")  # of the whole cache, whoever fills it
    sharers: int = 1  # sources that are planned at the same time, of which each gets its part of what is free
    refresh: Refresh = "never"  # of changed views; see views.views
    retrainings: int = 0


@dataclass
class Report:
    """What a source did."""

    tally: Tally = field(default_factory=Tally)
    plans: dict[int, Plan] = field(default_factory=dict)  # by image side
    evicted: list[str] = field(default_factory=list)  # folders of series

    def facts(self) -> dict[str, object]:
        """In JSON's terms, for a record."""
        decided = [
            {"image_side_px": side, "cut": verdict.cut, "kept": verdict.keep, "bytes": verdict.bytes,
             "read_ms": round(verdict.read_s * 1e3, 4), "compute_ms": round(verdict.compute_s * 1e3, 4),
             "why": verdict.why}
            for side, plan in self.plans.items() for verdict in plan.verdicts
        ]  # fmt: skip
        return {
            "computed_images": self.tally.computed_images, "found_images": self.tally.found_images,
            "written_bytes": self.tally.written_bytes, "seconds": round(self.tally.seconds, 3),
            "evicted": self.evicted, "plan": decided,
        }  # fmt: skip


class StoredSource:
    """A tuning.features.FeatureSource whose features outlive it, and are shared with all that use the same files."""

    def __init__(
        self, backbone: Backbone, network: Callable[[int], keras.Model], origin: str,
        splits: Mapping[str, Sequence[ChosenImages]], files: MappedFiles, demand: Demand,
        settings: StoreSettings = StoreSettings(), say: Callable[[str], None] = print,
        on_images: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:  # fmt: skip
        """network: side -> the network with its starting weights, its own: nobody may train it. Called when needed.

        origin: address.origin of the network. splits: "training" and "validation", further ones for `features`.
        demand: what will be asked for; more may be. say: hears what was decided, and of damage.
        on_images: called with how many images of how many are computed.
        """
        self.report = Report()
        self._backbone, self._network, self._origin = backbone, network, origin
        self._files, self._demand, self._settings = files, demand, settings
        self._say, self._on_images = say, on_images
        self._shelf, self._stamps = Shelf(files, say), eviction.Stamps(files)
        self._members = Members(
            {name: [chosen for chosen in blocks if chosen.labels] for name, blocks in splits.items()}, self._shelf
        )
        self._sides: dict[int, Side] = {}

    def at(self, unfrozen_stages: int, image_side_px: int, augmentation: str = "none") -> Mapping[str, Features]:
        """See FeatureSource."""
        settings = self._settings
        seen = views.views(self._demand.views, augmentation, settings.refresh, settings.retrainings)
        return {
            TRAINING: self.features(TRAINING, unfrozen_stages, image_side_px, seen),
            VALIDATION: self.features(VALIDATION, unfrozen_stages, image_side_px),
        }

    def features(
        self, split: str, unfrozen_stages: int, image_side_px: int, seen: Sequence[View] = (PLAIN,)
    ) -> Features:
        """A split's features in these views. Raises ValueError if the split is empty or the depth too great."""
        cut = address.cut_name(self._backbone, unfrozen_stages)
        if not self._members.splits[split]:
            raise ValueError(f"There are no images to compute features of: the {split} split is empty.")
        side = self._side(image_side_px, unfrozen_stages)
        for view in seen:
            for kept in side.plan.kept:
                self._stamps.use(side.place.series(kept, view.name))
        return Features(tuple(side.rows(split, cut, view) for view in seen), self._members.labels(split))

    def _side(self, side_px: int, depth: int) -> Side:
        if depth not in self._demand.passes:  # asked for beyond what was announced
            self._demand = replace(self._demand, passes={**self._demand.passes, depth: 1.0})
            self._sides.clear()
        if side_px not in self._sides:
            self._sides[side_px] = self._prepared(side_px)
        return self._sides[side_px]

    def _prepared(self, side_px: int) -> Side:
        """A side with its plan, and room for it."""
        place = Place(self._backbone, self._origin, side_px, self._settings.dtype)
        side = Side(
            place, partial(self._network, side_px), self._members, self._shelf, self.report.tally, self._on_images
        )
        cuts = planning.cuts_of(place, self._demand)
        blocks = [chosen for split in self._members.splits.values() for chosen in split]
        costs = planning.measured(place, cuts, lambda: side.chain(IMAGES, cuts), blocks, self._files)
        ours = {folder for other in (side, *self._sides.values()) for folder in self._folders(other.place)}
        budget = self._settings.budget_bytes
        room = min(eviction.room(self._files, budget, ours), budget / self._settings.sharers)
        room -= sum(other.plan.bytes for other in self._sides.values())
        side.plan = planning.decide(place, self._demand, self._members.splits, costs, self._files, room)
        self.report.plans[side_px] = side.plan
        self._say(f"features of {self._backbone.name} at {side_px} pixels:\n{side.plan.table()}")
        here = sum(size for name, size in self._files.sizes().items() if name.startswith(tuple(ours)))
        allowed = budget - max(0.0, side.plan.bytes - here)
        self.report.evicted += eviction.evict(self._files, allowed, ours=ours)
        return side

    def _folders(self, place: Place) -> list[str]:
        """Folders of all series that may be used at a side."""
        cuts = (IMAGES, *planning.cuts_of(place, self._demand))
        settings = self._settings
        seen = {
            view.name
            for strength in self._demand.strengths
            for view in views.views(self._demand.views, strength, settings.refresh, settings.retrainings)
        }
        return sorted({place.series(cut, view).folder for cut in cuts for view in seen})
