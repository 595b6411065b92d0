"""A configuration in the words of tuning. Imports Keras."""

from __future__ import annotations

from typing import Any

from components.config import SearchConfig
from components.workers import Worker
from tuning import plan, search, space, trial
from tuning.halving import Halving
from tuning.shares import Share
from tuning.store.planning import Demand


def asked(settings: SearchConfig, seed: int, worker: Worker) -> search.SearchSettings:
    """The worker's search. settings: with their depths and sides filled in."""
    rule = settings.halving
    of_trials = trial.TrialSettings(
        settings.epochs, settings.batch_size, settings.objective, seed, head_steps=settings.head_steps
    )
    return search.SearchSettings(
        searched(settings),
        settings.trials,
        of_trials,
        settings.oracle,
        Halving(rule.factor, rule.min_epochs) if rule.enabled else None,
        Share(worker.number, worker.of),
    )


def searched(settings: SearchConfig) -> space.Space:
    """The space of one backbone. settings: with their depths and sides filled in."""
    depths: Any = settings.unfrozen_stages
    rates, sgd_rates = settings.learning_rate, settings.sgd_learning_rate
    return space.Space(
        unfrozen_stages=depths, head_width=settings.head_width, dropout=settings.dropout,
        learning_rate=(rates.min, rates.max), sgd_learning_rate=(sgd_rates.min, sgd_rates.max),
        pooling=settings.pooling, optimizer=settings.optimizer, backbone_rate=settings.backbone_rate,
        weight_decay=settings.weight_decay, label_smoothing=settings.label_smoothing,
        balancing=settings.balancing, augmentation=settings.augmentation, mixup=settings.mixup,
        image_side_px=settings.sides_px,
    )  # fmt: skip


def demand(asked: search.SearchSettings) -> Demand:
    """What the search will ask of the feature cache."""
    # Of all workers of the backbone: what one of them stores, the others read.
    heads = plan.head_count(asked.space, asked.trials) if asked.oracle == "bayesian" else 0
    return Demand.of_search(
        asked.space.unfrozen_stages, asked.trials, asked.trial.epochs, heads, strengths=asked.space.augmentation
    )
