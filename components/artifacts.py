"""The small pointer files by which steps meet: they carry digests and figures, never big data.

Every class here is one JSON file. Fractions lie in [0, 1]; seconds are wall time of the work itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, JsonValue
from typing_extensions import Self

SPLITS = ("train", "validation", "test")


class Pointer(BaseModel, frozen=True, extra="forbid"):
    """A pointer file: written once by one step, read by those that follow."""

    @classmethod
    def read(cls, path: str) -> Self:
        """Read from a local path (an artifact that the launcher has placed)."""
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))

    def write(self, path: str) -> None:
        """Write to a local path, making its folder when needed."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


class Listing(Pointer):
    """What lies in the raw folder now, beside what the last snapshot holds (listing.json)."""

    raw: str
    lineage: str  # digest of the raw address and the data settings: snapshots of one lineage build on each other
    digest: str  # of every file's relative uri, label, source, group, size and version
    entries_uri: str  # Parquet under the data root, one row per file: manifest.ENTRY_SCHEMA
    base_snapshot_uri: str | None  # the lineage's newest snapshot.json, or None at the first ingest
    images: int
    new_images: int  # new or changed since the base snapshot
    removed_images: int


class Increment(Pointer):
    """Immutable TFRecord shards of the images admitted by one ingest."""

    increment_id: str  # digest of its records' content
    uri: str  # a folder that tfds.builder_from_directory opens
    counts: dict[str, dict[str, int]]  # split -> label -> images


class Snapshot(Pointer):
    """An immutable list of increments, a manifest and a label map (snapshot.json)."""

    snapshot_id: str  # digest of content: increments, manifest rows, labels; independent of place and time
    uri: str  # the published snapshot.json itself
    manifest_uri: str  # Parquet: manifest.ROW_SCHEMA
    labels: tuple[str, ...]  # label map: the index is the class; appended to, never reordered
    increments: tuple[Increment, ...]
    stored_side_px: int
    counts: dict[str, dict[str, int]]  # split -> label -> admitted images
    quarantined: dict[str, int]  # reason -> images
    duplicates: int
    new_images: int  # admitted by the newest increment
    seconds: float


class Finding(Pointer):
    """One thing that is wrong with the data, and what to do about it."""

    code: str
    message: str  # what, where, value
    remedy: str


class Findings(Pointer):
    """What check found (findings.json). With an error the step fails, so a reader sees warnings only."""

    snapshot_id: str
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


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
    learning_rate: float = Field(gt=0)


class Trial(Pointer):
    """One trial of the search."""

    trial_id: str
    status: str  # "completed" or "failed"
    score: float | None  # the objective on the validation split; None if failed
    hyperparameters: Hyperparameters
    epochs: int
    curve: tuple[float, ...]  # the objective after each epoch
    seconds: float
    reason: str | None = None  # why it failed


class SearchResult(Pointer):
    """The search of one backbone (hparams.json of tune)."""

    snapshot_id: str
    backbone: str
    weights: WeightsInfo
    image_side_px: int
    objective: str  # "balanced_accuracy" or "macro_f1"; greater is better
    best: Trial
    trials: tuple[Trial, ...]
    seconds: float


class Selection(Pointer):
    """The best trial over all backbones, with every search beside it (hparams.json of select)."""

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
    history: tuple[Epoch, ...]
    seconds: float


class ClassScore(Pointer):
    """How one class fares on the test split."""

    precision: float
    recall: float
    f1: float
    images: int


class SourceScore(Pointer):
    """How one source fares on the test split; with few images the figure says little."""

    balanced_accuracy: float  # over the classes that the source shows
    images: int


class ModelScore(Pointer):
    """One model on the test split."""

    model_id: str
    images: int
    balanced_accuracy: float
    balanced_accuracy_interval: tuple[float, float]  # 95 %, bootstrap over groups
    macro_f1: float
    accuracy: float
    per_class: dict[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]  # rows: the label; columns: the prediction; order of labels
    by_source: dict[str, SourceScore]
    predictions_uri: str  # Parquet: id, uri, label, source, group, probability of each class


class Example(Pointer):
    """One test image and what the challenger answered."""

    id: str
    uri: str
    label: str
    predicted: str
    probability: float  # of the predicted class


class Examples(Pointer):
    """Test images worth looking at, the most confident first and spread over the classes (examples.json)."""

    wrong: tuple[Example, ...]
    right: tuple[Example, ...]


class Evaluation(Pointer):
    """Challenger and champion on the same test split (metrics.json)."""

    snapshot_id: str
    labels: tuple[str, ...]
    challenger: ModelScore
    champion: ModelScore | None  # None: there is none, or it cannot be compared (champion_id tells which)
    champion_note: str  # why there is no champion to compare with; empty if there is one
    champion_id: str | None  # the model that was served when this was measured
    champion_version: int | None
    majority_accuracy: float  # what always answering the most frequent class would score
    examples_uri: str  # Examples, of the challenger


class Verdict(Pointer):
    """Promote or keep, with reasons (verdict.json)."""

    promote: bool
    reasons: tuple[str, ...]
    challenger_id: str
    champion_id: str | None

    @property
    def word(self) -> str:
        """What the graph branches on: "promote" or "keep"."""
        return "promote" if self.promote else "keep"


class Verification(Pointer):
    """The exported model's answers from raw image bytes beside those that were judged (verification.json)."""

    model_id: str
    images: int  # compared
    max_difference: float  # of a probability, over images and classes
    mean_difference: float  # over images, of the probability that differs most
    same_answers: float  # share of images with the same predicted class
    left_out: dict[str, int]  # reason -> images that could not be compared


class RegisteredModel(Pointer):
    """A version in the registry (version.json)."""

    version: int
    model_id: str
    uri: str  # folder with model.keras and saved_model/
    snapshot_id: str
    labels: tuple[str, ...]
    backbone: str
    weights: WeightsInfo
    image_side_px: int
    hyperparameters: Hyperparameters
    registered_at: str  # ISO 8601, UTC
    test_balanced_accuracy: float | None = None  # when it was promoted; None if it was registered without a score


How = Literal["promoted", "by hand", "rolled back"]  # by a run; by a person


class Reign(Pointer):
    """A time in which a version was served."""

    version: int
    model_id: str
    since: str  # ISO 8601, UTC
    how: How


class Champion(RegisteredModel):
    """The version that is served, with all that were before it (champion.json): one file, so that they agree."""

    reigns: tuple[Reign, ...] = ()  # oldest first; the last one is this version's


class Promotion(Pointer):
    """A version in the registry that the champion pointer names (promotion.json)."""

    version: int
    model_id: str
    uri: str  # folder of the registered copy


class Summary(Pointer):
    """One run, for people and for scripts (summary.json). Fields are None where the run did not get that far."""

    run_id: str
    status: str  # "succeeded", "failed", "interrupted" or "nothing new"
    snapshot_id: str | None = None
    counts: dict[str, JsonValue] = {}  # admitted (per label), splits, quarantined (per reason), duplicates
    best: dict[str, JsonValue] | None = None  # backbone, unfrozen_stages, hyperparameters, score
    test: dict[str, JsonValue] | None = None  # balanced_accuracy, interval, macro_f1, accuracy, majority_accuracy
    verdict: str | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    model_uri: str | None = None
    report_uri: str | None = None
    seconds: dict[str, float] = {}  # step -> wall time
    reused: tuple[str, ...] = ()  # steps whose published result was found and not computed again
    error: str | None = None
