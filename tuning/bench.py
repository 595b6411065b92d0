"""Where the trials of a search are run: keeps what they share, and what they found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import keras

from tuning import backend, batches, heads, model, normalization, replicas, trial_results
from tuning.backbones import Backbone
from tuning.features import FeatureSource
from tuning.files import Files
from tuning.learner import Learner
from tuning.model import Hyperparameters
from tuning.stepping import OutOfMemory
from tuning.trained_heads import TrainedHeads
from tuning.trial import Training, TrialSettings
from tuning.trial_results import TrialResult, TrialResults, describe

Say = Callable[[str], None]
Stops = Callable[[Sequence[float]], bool]


class Bench:
    """Tries points; keeps what trials share: networks, their starting weights, compiled steps, features by depth.

    network: gives the backbone with its starting weights for a side; nothing here changes them. files: the state.
    """

    def __init__(
        self, network: Callable[[int], keras.Model], backbone: Backbone, source: FeatureSource, classes: int,
        settings: TrialSettings, widest: int, files: Files,
    ) -> None:  # fmt: skip
        self._network, self._backbone, self._source, self._classes = network, backbone, source, classes
        self._settings, self._widest, self._files = settings, widest, files
        self._trained, self._known = TrainedHeads(files), TrialResults(files)
        self._learners: dict[tuple[int, int, str], tuple[Learner, int]] = {}

    def run(
        self, point: Hyperparameters, say: Say, until: int | None = None, stops: Stops = lambda _curve: False
    ) -> TrialResult:
        """The point's result: from the state if it was finished before, else trained on from what is kept of it.

        until: epochs after which it pauses, its state kept; None trains to the end. stops: asked after every epoch.
        """
        until = min(until or self._settings.epochs, self._settings.epochs)
        known = self._known.read(point)
        if known is not None:
            return known.at(until)
        try:
            return self._run(point, say, until, stops)
        except Exception as error:
            if not backend.is_out_of_memory(error):
                raise
            # Not kept: memory may suffice next time.
            return TrialResult(point, (), 0.0, f"{_without_memory(error)} ({describe(point)})")

    def run_together(
        self, points: Sequence[Hyperparameters], say: Say, stops: Stops = lambda _curve: False
    ) -> list[TrialResult]:
        """Head-only points, trained in the same passes over the features if their batches are alike; in their order.

        stops: asked of every trial after every epoch; all that train with one that stops end with it.
        """
        groups: dict[tuple[object, ...], list[Hyperparameters]] = defaultdict(list)
        for point in points:
            groups[_together(point)].append(point)
        for group in groups.values():
            # The whole group, whatever of it is finished: other neighbours would round differently.
            if any(self._known.read(point) is None for point in group):
                self._run_group(group, say, stops)
        return [self._known.read(point) or self.run(point, say, stops=stops) for point in points]

    def _run(self, point: Hyperparameters, say: Say, until: int, stops: Stops) -> TrialResult:
        training, name = self._training([point], say), trial_results.running([point])
        training.restore(self._files, name)
        stopped = stops(training.curves[0])  # it may have been killed between its last state and its result
        while not (training.ended or stopped or training.epochs >= until):
            training.epoch()
            training.keep(self._files, name, certainly=training.epochs == until < self._settings.epochs)
            if training.curves[0]:
                say(f"epoch {training.epochs} of {self._settings.epochs}: {training.curves[0][-1]:.3f}")
                stopped = stops(training.curves[0])
        result = _results([point], training)[0]
        if training.ended or stopped:
            # Who is beaten after its last epoch was not stopped: there was nothing left to spare it.
            beaten = stopped and not (training.ended or result.settled)
            result = TrialResult(point, result.curve, result.seconds, result.reason, beaten)
            self._keep_heads([point], training)
            self._finish([result], name)
        return TrialResult(point, result.curve[:until], result.seconds, result.reason, result.stopped)

    def _run_group(self, group: Sequence[Hyperparameters], say: Say, stops: Stops) -> None:
        name = trial_results.running(group)
        try:
            training = self._training(group, say)
            training.restore(self._files, name)
            while not (training.ended or any(map(stops, training.curves))):
                training.epoch()
                training.keep(self._files, name)
                best = max((curve[-1] for curve in training.curves if curve), default=0.0)
                say(f"{len(group)} heads together, epoch {training.epochs} of {self._settings.epochs}: {best:.3f}")
        except Exception as error:
            if not backend.is_out_of_memory(error):
                raise
            return  # one at a time they may fit
        self._keep_heads(group, training)
        results = _results(group, training)
        self._finish([replace(one, stopped=not (training.ended or one.settled)) for one in results], name)

    def _training(self, points: Sequence[Hyperparameters], say: Say) -> Training:
        first = points[0]
        learner, channels = self._learner(first)
        say(f"features below {first.unfrozen_stages} unfrozen stages")
        features = self._source.at(first.unfrozen_stages, first.image_side_px, first.augmentation)
        if not first.unfrozen_stages:
            features = {split: batches.held(one) for split, one in features.items()}
        head, mask = heads.stacked(points, channels, self._classes, self._widest, self._settings.seed)
        if first.unfrozen_stages and self._settings.begins_trained(len(features["training"].labels)):
            head = self._trained.instead_of(head, first)
        return Training(learner, points, head, mask, features, self._settings)

    def _learner(self, point: Hyperparameters) -> tuple[Learner, int]:
        """The compiled steps of the point's depth, and the channels of the pooled vector."""
        key = (point.unfrozen_stages, point.image_side_px if point.unfrozen_stages else 0, point.optimizer)
        if key not in self._learners:
            network = self._network(point.image_side_px)
            unfrozen = model.unfrozen_part(network, self._backbone, point.unfrozen_stages)
            normalization.fold(network)
            # Stacked heads are too little work to be shared: adding up would take longer than they do.
            shared = replicas.of(self._settings.devices if point.unfrozen_stages else ())
            learner = Learner(unfrozen, point.optimizer, self._settings.batch_size, shared)
            self._learners[key] = learner, model.pooled_width(network)
        return self._learners[key]

    def _keep_heads(self, points: Sequence[Hyperparameters], training: Training) -> None:
        if not points[0].unfrozen_stages and self._settings.begins_trained(training.images):
            self._trained.keep(points, *training.last_heads())

    def _finish(self, results: Sequence[TrialResult], running: str) -> None:
        for result in results:
            self._known.keep(result)
        self._files.remove(running)


def _without_memory(error: Exception) -> str:
    """Why a trial failed for which memory did not suffice: in a step, or to compute its features or its answers."""
    if isinstance(error, OutOfMemory):
        return str(error)
    said = (str(error).splitlines() or [""])[0][:200]
    return f"out of memory: {type(error).__name__}: {said}; lower search.image_side_px"


def _results(points: Sequence[Hyperparameters], training: Training) -> list[TrialResult]:
    seconds = training.seconds / len(points)
    return [
        TrialResult(point, tuple(curve), seconds, f"{reason} ({describe(point)})" if reason else None)
        for point, curve, reason in zip(points, training.curves, training.reasons, strict=True)
    ]


def _together(point: Hyperparameters) -> tuple[object, ...]:
    """What head-only trials of one pass have in common: the optimiser, and which images they see in which order."""
    return point.optimizer, point.balancing == "sampling", point.mixup > 0, point.augmentation, point.image_side_px
