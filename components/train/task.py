"""What is to be trained."""

from __future__ import annotations

from dataclasses import dataclass, replace

from components import storage
from components.artifacts import RegisteredModel, SearchResult, Snapshot, TrainedHead
from components.config import SearchConfig, TrainConfig
from components.stored_files import StoredFiles
from tuning import backbones, depths
from tuning.backbones import Backbone
from tuning.model import Hyperparameters
from tuning.weights import WeightsSource


@dataclass(frozen=True)
class Task:
    """Everything that decides what is trained, and where it goes."""

    snapshot: Snapshot
    chosen: SearchResult
    settings: TrainConfig
    search: SearchConfig  # by which the search was made; here only its `features` and depths are read
    weights: WeightsSource
    former: RegisteredModel | None  # the champion from whose weights it goes on
    seed: int
    data_root: str
    place: str  # folder under the data root: models/, state/ while it runs, tensorboard/
    head: TrainedHead | None = None  # the search's with which it begins
    passes: int = 1  # over the images in an epoch

    @property
    def state(self) -> StoredFiles:
        """What is there while it runs, so that it goes on after a kill."""
        return StoredFiles(storage.join(self.place, "state"))

    @property
    def point(self) -> Hyperparameters:
        """The selected hyperparameters, the side filled in."""
        point = Hyperparameters(**self.chosen.best.hyperparameters.model_dump())
        return replace(point, image_side_px=point.image_side_px or self.chosen.image_side_px)

    @property
    def backbone(self) -> Backbone:
        """The selected network."""
        return backbones.get(self.chosen.backbone)

    @property
    def searched_depths(self) -> tuple[int, ...]:
        """The depths that the search could try, the selected one among them."""
        named = self.search.unfrozen_stages
        tried = depths.spread(len(self.backbone.stages)) if named == "spread" else named
        return tuple(sorted({*map(int, tried), self.point.unfrozen_stages}))
