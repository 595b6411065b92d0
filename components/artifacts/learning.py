"""What was searched, selected and trained."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from components.artifacts.pointer import Pointer
from components.workers import Worker


class WeightsInfo(Pointer):
    """Where a backbone's starting weights came from."""

    backbone: str
    source: str  # "imagenet" (Keras's own download), "store", "path" or "none"
    digest: str  # sha256 of the file, or a name that stands for it ("keras-3.15.1", "none")
    provenance: str  # one line for a person
    spec: str = "imagenet"  # what the configuration asked for; the training finds the same file by it


class Hyperparameters(Pointer):
    """One point of the search space."""

    unfrozen_stages: int = Field(ge=0)  # depth: how many top stages are unfrozen
    head_width: int = Field(ge=0)  # units of the hidden layer of the head; 0 means none
    dropout: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0)  # of the head, at its peak
    pooling: Literal["avg", "max", "avg+max"] = "avg"
    optimizer: Literal["adamw", "sgd"] = "adamw"
    backbone_rate: float = Field(0.1, ge=0)  # share of the head's rate with which unfrozen stages learn
    weight_decay: float = Field(0.0, ge=0)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    balancing: Literal["none", "class_weights", "sampling"] = "class_weights"
    augmentation: str = "none"  # "none", "light" or "strong"
    mixup: float = Field(0.0, ge=0)  # parameter of the Beta distribution that mixes pairs; 0: off
    image_side_px: int = Field(0, ge=0)  # 0: the search's


class Trial(Pointer):
    """One trial of the search."""

    trial_id: str
    status: str  # "completed", "stopped" (early, it was beaten at the same age) or "failed"
    score: float | None  # the objective on the validation split; None if failed
    hyperparameters: Hyperparameters
    epochs: int
    curve: tuple[float, ...]  # the objective after each epoch
    seconds: float
    reason: str | None = None  # why it failed


class FeatureUse(Pointer):
    """What keeping the frozen layers' features cost a search, all attempts together, and what it saved."""

    computed_images: int  # passes of an image through the network
    found_images: int  # whose features were there when an attempt looked
    written_bytes: int
    filled_s: float  # measured: computing and storing what was missing
    saved_s: float  # estimated from the measured cost of an image, see tuning/store/savings.py; negative: it cost more


class TrainedHead(Pointer):
    """A head that a search trained on frozen features, with which a training of few steps begins."""

    path: str  # below the data root, of a file for tuning.trained_heads.decode
    digest: str  # SHA-256 of the file


class SearchResult(Pointer):
    """The search of one backbone, or one worker's share of it (hparams.json of tune)."""

    snapshot_id: str
    backbone: str
    weights: WeightsInfo
    image_side_px: int
    objective: str  # "balanced_accuracy" or "macro_f1"; greater is better
    best: Trial
    trials: tuple[Trial, ...]
    seconds: float  # of all attempts, those that were killed included
    cpu_s: float | None = None  # processor time of all attempts, all cores together; None: it was not said
    features: FeatureUse | None = None  # None: none were stored, or it was not said
    worker: int = 1  # which of how many that shared the backbone's trials
    workers: int = 1
    # The best that was trained of the best trial's kind; None if none was, or if that trial does not begin with one.
    head: TrainedHead | None = None

    @property
    def task(self) -> str:
        """What the run's records call the search."""
        return Worker(self.backbone, self.worker, self.workers).name


class Selection(Pointer):
    """The best trial over all backbones, with every worker's search beside it (hparams.json of select)."""

    best: SearchResult
    searches: tuple[SearchResult, ...]


class Epoch(Pointer):
    """One epoch of the final training; learning curves are drawn from these."""

    epoch: int  # from 1
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_balanced_accuracy: float
    seconds: float


class FrozenPart(Pointer):
    """What the starting weights were below a model's cut: if the model's still are, stored features are its own."""

    weights: str  # the starting weights' name in the feature cache
    digest: str  # SHA-256 of the numbers below the cut, see tuning/frozen.py


class TrainedModel(Pointer):
    """The challenger (model.json): a Keras file and a SavedModel that takes raw image bytes."""

    model_id: str  # digest of what it was trained from: snapshot, weights, hyperparameters, settings, code version
    uri: str  # folder with model.keras and saved_model/
    snapshot_id: str
    labels: tuple[str, ...]
    backbone: str
    weights: WeightsInfo
    image_side_px: int
    hyperparameters: Hyperparameters
    frozen: FrozenPart | None = None  # None: the model is older than this field
    history: tuple[Epoch, ...]
    seconds: float  # of all attempts, those that were killed included
    cpu_s: float | None = None  # processor time of all attempts, all cores together; None: it was not said
