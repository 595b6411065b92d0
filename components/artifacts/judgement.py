"""How models fare, and what was decided."""

from __future__ import annotations

from pydantic import Field

from components.artifacts.pointer import Pointer


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


class Answered(Pointer):
    """How a model's answers were had: what does not come from stored features the whole model said of the images."""

    from_features: int = Field(0, ge=0)  # images
    compared: int = Field(0, ge=0)  # images that were answered both ways; of these the whole model's answer counts
    max_difference: float = 0.0  # of a probability between the two ways
    note: str = ""  # why nothing was answered from features; empty if something was


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
    answered: Answered | None = None  # None: it is older than this field


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
