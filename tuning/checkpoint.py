"""Where a training stands, kept so that it goes on exactly from there: arrays by group, and figures beside them.

Two files: `state.npz`, replaced as a whole, and `best-<epoch>.npz`, the weights that the state calls the best. The best
is written before the state that names it, and its predecessor removed after: at any moment the state that is
there finds its own.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tuning.files import Files

STATE = "state.npz"
_FIGURES = "figures"

Arrays = Mapping[str, Sequence[np.ndarray]]  # by group: "weights", "optimizer", ...


@dataclass(frozen=True)
class Checkpoint:
    """Everything that decides how a training goes on."""

    arrays: Arrays
    figures: dict[str, Any] = field(default_factory=dict)  # what JSON can say


def write(files: Files, checkpoint: Checkpoint, name: str = STATE) -> None:
    """Replace the checkpoint as a whole."""
    named = {
        f"{group}/{number:05d}": array
        for group, arrays in checkpoint.arrays.items()
        for number, array in enumerate(arrays)
    }
    figures = np.frombuffer(json.dumps(checkpoint.figures).encode(), np.uint8)
    content = io.BytesIO()
    np.savez(content, **{_FIGURES: figures}, **named)  # type: ignore[arg-type]  # the stub takes names for options
    files.write(name, content.getvalue())


def read(files: Files, name: str = STATE) -> Checkpoint | None:
    """The checkpoint that is there; None if there is none, or if its file is damaged: the work is then done again."""
    return decode(files.read(name))


def decode(content: bytes | None) -> Checkpoint | None:
    """The checkpoint in a file of that content; None if there is none, or if it is damaged."""
    if content is None:
        return None
    try:
        with np.load(io.BytesIO(content)) as loaded:  # every member carries a checksum, which reading verifies
            figures = json.loads(loaded[_FIGURES].tobytes())
            groups: dict[str, list[np.ndarray]] = {}
            for key in sorted(set(loaded.files) - {_FIGURES}):
                groups.setdefault(key.split("/")[0], []).append(loaded[key])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Checkpoint(groups, figures)


def fits(arrays: Sequence[np.ndarray], variables: Sequence[Any]) -> bool:
    """Whether the arrays may be given to the variables: as many, and each of its variable's shape."""
    return [array.shape for array in arrays] == [tuple(variable.shape) for variable in variables]


def assign(variables: Sequence[Any], arrays: Sequence[np.ndarray]) -> None:
    """Give Keras variables their values. Raises ValueError if numbers or shapes differ."""
    if not fits(arrays, variables):
        raise ValueError("The checkpoint is of another model: its arrays have other shapes.")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def values(variables: Sequence[Any]) -> list[np.ndarray]:
    """Copies of Keras variables' values."""
    return [np.array(variable) for variable in variables]
