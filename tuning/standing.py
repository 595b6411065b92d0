"""How a final training is run, and how far one has come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FitSettings:
    """How the final model is trained."""

    epochs: int
    patience: int  # epochs without a better objective before it stops
    objective: str
    average_from: float = 1.0  # share of the epochs after which weights are averaged; 1 is off
    checkpoint_s: float = 600.0  # within an epoch, a state is kept at least so often; after every epoch it is anyway


@dataclass(frozen=True)
class EpochRow:
    """One epoch; the validation figures are of the model without augmentation."""

    epoch: int  # from 1
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_balanced_accuracy: float
    objective: float
    seconds: float


@dataclass(frozen=True)
class Standing:
    """How far a training has come."""

    rows: tuple[EpochRow, ...] = ()
    done: int = 0  # batches of the epoch after the last row
    parts: int = 1  # into so many pieces a batch is cut, since memory did not suffice for it whole
    best_epoch: int = 0
    averaged: int = 0  # epochs whose weights are in the average

    @property
    def best(self) -> float:
        """The best objective so far."""
        return self.rows[self.best_epoch - 1].objective if self.best_epoch else -np.inf

    def ended(self, settings: FitSettings) -> bool:
        """Whether all epochs are done, or `patience` of them brought nothing better."""
        return len(self.rows) >= settings.epochs or len(self.rows) - self.best_epoch >= settings.patience
