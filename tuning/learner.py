"""The steps of a training as pure functions of arrays, traced once for each depth and shared by its trials.

What differs between trials (rates, decay, dropout, smoothing, class weights, pooling, width) comes as arrays or is
padded away, so that another trial traces nothing. The network's own variables are never written: they keep the
starting weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np

from tuning import backend, heads, losses, optimizer
from tuning.model import OptimizerName

ops = keras.ops
_FLOAT16_SCALE = 1024.0  # of the loss: without it small gradients vanish in float16


class Batch(NamedTuple):
    """inputs: (n, ...) activations. labels: (n,). real: (n,), 0 for rows that fill the batch. images: real rows of the
    whole batch of which this may be a piece. share: (trials,) of mixup, None without. state: backend.seed_of's.
    """

    inputs: Any
    labels: Any
    real: Any
    images: Any
    share: Any
    state: Any


class Constants(NamedTuple):
    """What makes the trials of a stack different: (trials,) each; class_weights: (trials, classes); mask: heads.mask of
    the only trial of a stack that has unfrozen stages, else None.
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


class Learner:
    """The compiled steps of all trials with the same unfrozen stages."""

    def __init__(self, unfrozen: keras.Model | None, name: OptimizerName) -> None:
        # The lists are taken now: another depth's split changes which variables count as trainable.
        self._unfrozen, self._name = unfrozen, name
        self._variables = [] if unfrozen is None else list(unfrozen.trainable_variables)
        self._fixed = [] if unfrozen is None else list(unfrozen.non_trainable_variables)
        self._half = unfrozen is not None and any(layer.compute_dtype == "float16" for layer in unfrozen.layers)
        self._step = backend.compiled(self._train)
        self._gradients, self._apply = backend.compiled(self._find_gradients), backend.compiled(self._descend)
        self._answer = backend.compiled(self._probabilities)

    def start(self, head: Sequence[np.ndarray]) -> State:
        """Where a training begins: a stacked head on the network's starting weights."""
        weights = [*head, *(ops.convert_to_numpy(variable) for variable in self._variables)]
        return State(weights, [[np.zeros_like(w)] * optimizer.SLOTS[self._name] for w in weights])

    def step(self, state: State, pieces: Sequence[Batch], constants: Constants, rates: Rates) -> tuple[State, Any]:
        """One optimiser step on a batch, in one or more pieces whose gradients are added; the losses (trials,)."""
        if len(pieces) == 1:
            weights, slots, loss = self._step(state.weights, state.slots, pieces[0], constants, rates)
            return State(weights, slots), loss
        total, loss = self._gradients(state.weights, pieces[0], constants)
        for piece in pieces[1:]:
            more, of_piece = self._gradients(state.weights, piece, constants)
            total, loss = [a + b for a, b in zip(total, more, strict=True)], loss + of_piece
        return State(*self._apply(state.weights, state.slots, total, rates)), loss

    def probabilities(self, state: State, inputs: np.ndarray, mask: Any) -> np.ndarray:
        """Answers (trials, n, classes) to activations (n, ...)."""
        return ops.convert_to_numpy(self._answer(state.weights, inputs, mask))

    def _train(self, weights: Any, slots: Any, batch: Batch, constants: Constants, rates: Rates) -> tuple[Any, ...]:
        gradients, loss = self._find_gradients(weights, batch, constants)
        return (*self._descend(weights, slots, gradients, rates), loss)

    def _find_gradients(self, weights: Any, batch: Batch, constants: Constants) -> tuple[list[Any], Any]:
        inputs = ops.cast(batch.inputs, "float32")
        if batch.share is not None:
            inputs = losses.mixed(inputs, batch.share)
            inputs = inputs if self._unfrozen is None else inputs[0]
        scale = _FLOAT16_SCALE if self._half else 1.0

        def loss(weights: list[Any]) -> tuple[Any, Any]:
            head, vector = self._vector(weights, inputs, constants.mask, training=True)
            logits = heads.logits(head, vector, constants.dropout, batch.state)
            each = losses.cross_entropy(logits, batch.labels, constants.smoothing, constants.class_weights, batch.share)
            by_trial = ops.sum(each * batch.real, axis=-1) / batch.images
            return ops.sum(by_trial) * scale, by_trial

        found, by_trial = backend.gradients(loss, list(weights))
        if self._half:
            found = [ops.where(ops.isfinite(gradient), gradient / scale, 0.0) for gradient in found]
        return found, by_trial

    def _descend(self, weights: Any, slots: Any, gradients: Any, rates: Rates) -> tuple[list[Any], list[Any]]:
        moved = []
        for index, (weight, slot, gradient) in enumerate(zip(weights, slots, gradients, strict=True)):
            if index < len(weights) - len(self._variables):
                shape = (-1,) + (1,) * (len(weight.shape) - 1)
                rate, decay = ops.reshape(rates.head, shape), ops.reshape(rates.decay, shape)
                dimensions = len(weight.shape) - 1
            else:
                rate, decay, dimensions = rates.backbone, rates.decay[0], len(weight.shape)
            of_step = optimizer.Rates(rate, decay if dimensions > 1 else 0.0)  # kernels decay, biases do not
            moved.append(optimizer.step(self._name, weight, gradient, slot, of_step, rates.number))
        return [weight for weight, _ in moved], [slot for _, slot in moved]

    def _probabilities(self, weights: Any, inputs: Any, mask: Any) -> Any:
        head, vector = self._vector(weights, ops.cast(inputs, "float32"), mask, training=False)
        return ops.softmax(ops.cast(heads.logits(head, vector), "float32"), axis=-1)

    def _vector(self, weights: Any, inputs: Any, mask: Any, training: bool) -> tuple[Any, Any]:
        """The stacked head's weights, and the vector that it reads."""
        split = len(weights) - len(self._variables)
        if self._unfrozen is None:
            return weights[:split], inputs
        given = [*zip(self._variables, weights[split:], strict=True), *((v, v.value) for v in self._fixed)]
        with keras.StatelessScope(state_mapping=given):
            vector = self._unfrozen(inputs, training=training)
        return weights[:split], ops.cast(vector, "float32") * mask
