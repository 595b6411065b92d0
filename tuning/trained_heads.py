"""Heads that head-only trials have trained, with which deep trials of few steps begin.

Above a fresh head the first gradients that reach unfrozen stages are noise, and spoil what they know, until the head
has learned something. Many steps make up for that, few do not.
Source: Kumar et al. 2022, https://arxiv.org/abs/2202.10054 (linear probing, then fine-tuning).
"""

from __future__ import annotations

from collections.abc import Sequence

from tuning import checkpoint, heads
from tuning.checkpoint import Checkpoint
from tuning.files import Files
from tuning.heads import Head
from tuning.model import Hyperparameters


class TrainedHeads:
    """The best of each kind (pooling, width and image side), by its last score. files: the search's state."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def keep(self, points: Sequence[Hyperparameters], scores: Sequence[float | None], stacked: Head) -> None:
        """Keep what is better than those before it. scores: None of a trial that failed. stacked: see heads.stacked.

        To be called before the trials count as finished: who is killed in between trains them again, to the same end.
        """
        best: dict[str, tuple[float, int]] = {}
        for number, (point, score) in enumerate(zip(points, scores, strict=True)):
            name = _name(point)
            if score is not None and (name not in best or best[name][0] < score):
                best[name] = score, number
        for name, (score, number) in best.items():
            before = checkpoint.read(self._files, name)
            if before is None or before.figures["score"] < score:
                head = [array[number : number + 1] for array in stacked]
                checkpoint.write(self._files, Checkpoint({"head": head}, {"score": score}), name)

    def instead_of(self, fresh: Head, point: Hyperparameters) -> Head:
        """The best of the point's kind; the fresh head, stacked alone, if none is kept or its file is damaged."""
        found = checkpoint.read(self._files, _name(point))
        return list(found.arrays["head"]) if found and checkpoint.fits(found.arrays["head"], fresh) else fresh

    def file(self, point: Hyperparameters) -> bytes | None:
        """The file of the best of the point's kind, for `decode`; None if none is kept."""
        return self._files.read(_name(point))


def decode(content: bytes, point: Hyperparameters) -> Head:
    """The head in a file, as heads.initial gives it for the point. Raises ValueError if the file is damaged."""
    found = checkpoint.decode(content)
    if found is None:
        raise ValueError("the file of a trained head is damaged")
    return heads.cut(found.arrays["head"], point)


def _name(point: Hyperparameters) -> str:
    return f"heads/{point.pooling}-{point.head_width}-{point.image_side_px}.npz"
