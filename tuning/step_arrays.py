"""The arrays of a training's steps: what a step is given, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Batch(NamedTuple):
    """inputs: (n, ...) activations. labels: (n,). real: (n,), 0 for rows that fill the batch. images: real rows of the
    whole batch of which this may be a piece. share: (trials,) of mixup, None without. state: backend.seed_of's.
    places: (n,) of the rows in the whole batch; None if this is the whole, in order.
    """

    inputs: Any
    labels: Any
    real: Any
    images: Any
    share: Any
    state: Any
    places: Any = None


class Constants(NamedTuple):
    """What makes the trials of a stack different: (trials,) each; class_weights: (trials, classes); mask: of
    heads.stacked.
    """

    dropout: Any
    smoothing: Any
    class_weights: Any
    mask: Any


class Rates(NamedTuple):
    """Of one step. head, decay: (trials,). backbone: the rate of the unfrozen stages. number: of the step, from 1."""

    head: Any
    decay: Any
    backbone: Any
    number: Any


@dataclass
class State:
    """Weights (the stacked head's, then the unfrozen stages'), and what the optimiser keeps for each of them."""

    weights: list[Any]
    slots: list[list[Any]]


class Execution(NamedTuple):
    """steps: how many. source: rows (n, ...) on the device. batch: every field with a leading axis over the steps;
    inputs: numbers of rows of source. rates: likewise. That axis is of one length in all executions, the last of an
    epoch may have fewer steps.
    """

    source: Any
    batch: Batch
    rates: Rates
    steps: np.int32
