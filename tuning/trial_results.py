"""What trials found, and where that is kept: a search that goes on after a kill asks here first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from tuning import halving
from tuning.files import Files
from tuning.model import Hyperparameters


@dataclass(frozen=True)
class TrialResult:
    """One trial: its objective after each epoch, or why it failed. stopped: it was beaten, see halving.py."""

    hyperparameters: Hyperparameters
    curve: tuple[float, ...]
    seconds: float
    reason: str | None = None
    stopped: bool = False

    @property
    def score(self) -> float | None:
        """The best epoch's objective; None if the trial failed."""
        return max(self.curve) if self.curve and self.reason is None else None

    @property
    def settled(self) -> bool:
        """Whether more epochs would change nothing: it failed, or has the greatest score there is."""
        return self.score is None or halving.is_perfect(self.curve)

    def at(self, epochs: int) -> TrialResult:
        """What was known of it after so many epochs, whatever became of it later; itself if it ended before."""
        return self if len(self.curve) < epochs else replace(self, curve=self.curve[:epochs], reason=None)


class TrialResults:
    """Those of a search that are known, one file each. files: the search's state."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, point: Hyperparameters) -> TrialResult | None:
        """A finished trial; None if there is none or its file is damaged: the trial then runs again."""
        content = self._files.read(_address(point))
        try:
            values = json.loads(content or b"")
            curve = tuple(map(float, values["curve"]))
            return TrialResult(point, curve, float(values["seconds"]), values["reason"], bool(values["stopped"]))
        except (ValueError, KeyError, TypeError):
            return None

    def keep(self, result: TrialResult) -> None:
        """A trial has finished."""
        self._files.write(_address(result.hyperparameters), json.dumps(asdict(result)).encode())


def describe(point: Hyperparameters) -> str:
    """A point of the space in one line, for a person."""
    return ", ".join(
        f"{name} {value}" if isinstance(value, str) else f"{name} {value:.3g}" for name, value in asdict(point).items()
    )


def running(points: Sequence[Hyperparameters]) -> str:
    """Where the state of these points' training together is kept until they have finished."""
    return f"running/{_digest([asdict(point) for point in points])}.npz"


def _address(point: Hyperparameters) -> str:
    return f"trials/{_digest(asdict(point))}.json"


def _digest(values: object) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
