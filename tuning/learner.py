"""The steps of a training as pure functions of arrays, traced once for each depth and shared by its trials.

What differs between trials (rates, decay, dropout, smoothing, class weights, pooling, width) comes as arrays or is
padded away, so that another trial traces nothing. The network's own variables are never written: they keep the
starting weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from tuning import backend, heads, losses, optimizer
from tuning.model import OptimizerName
from tuning.replicas import Alone, Replicas
from tuning.step_arrays import Batch, Constants, Execution, Rates, State

ops = keras.ops
_FLOAT16_SCALE = 1024.0  # of the loss: without it small gradients vanish in float16


class Learner:
    """The compiled steps of all trials with the same unfrozen stages.

    batch_size: of whole batches. replicas: the devices that share every batch.
    """

    def __init__(
        self, unfrozen: keras.Model | None, name: OptimizerName, batch_size: int, replicas: Replicas | None = None
    ) -> None:
        # The lists are taken now: another depth's split changes which variables count as trainable.
        self._unfrozen, self._name, self._batch_size = unfrozen, name, batch_size
        self._variables = [] if unfrozen is None else list(unfrozen.trainable_variables)
        self._unlearned = [] if unfrozen is None else list(unfrozen.non_trainable_variables)
        self._half = unfrozen is not None and any(layer.compute_dtype == "float16" for layer in unfrozen.layers)
        self._replicas = found = replicas or Alone()
        # Arguments, not variables that a graph reads where they lie: each device has its own copy.
        self._fixed = found.everywhere([ops.convert_to_numpy(variable) for variable in self._unlearned])
        self._gradients_of, self._moved = found.part(self._find_gradients), found.part(self._descend)
        self._step, self._steps = found.compiled(self._train), found.compiled(self._train_many)
        self._gradients = found.compiled(self._find_gradients)
        self._add, self._apply = found.compiled(self._added), found.compiled(self._summed)
        self._answer = found.compiled(self._probabilities)

    @property
    def devices(self) -> int:
        """How many share a batch: the rows of a piece are a multiple of it."""
        return self._replicas.count

    def start(self, head: Sequence[np.ndarray]) -> State:
        """Where a training begins: a stacked head on the network's starting weights."""
        weights = [*head, *(ops.convert_to_numpy(variable) for variable in self._variables)]
        return self.resumed(weights, [[np.zeros_like(w)] * optimizer.SLOTS[self._name] for w in weights])

    def nbytes(self, head: Sequence[np.ndarray]) -> int:
        """Of a training's whole state, on one device: weights, and what the optimiser keeps for each of them."""
        numbers = sum(array.size for array in head) + sum(math.prod(variable.shape) for variable in self._variables)
        return numbers * np.dtype(np.float32).itemsize * (1 + optimizer.SLOTS[self._name])

    def resumed(self, weights: Sequence[np.ndarray], slots: Sequence[Sequence[np.ndarray]]) -> State:
        """A state of these arrays, on the devices."""
        return State(*self._replicas.everywhere((list(weights), list(map(list, slots)))))

    def everywhere(self, constants: Constants) -> Constants:
        """The same on the devices, once for all steps."""
        return self._replicas.everywhere(constants)

    def arrays(self, state: State) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """A state's weights and slots, the slots of all weights in one list."""
        weights, slots = self._replicas.one((state.weights, state.slots))
        fetch = ops.convert_to_numpy
        return [fetch(weight) for weight in weights], [fetch(slot) for of_one in slots for slot in of_one]

    def arranged(self, rows: np.ndarray) -> np.ndarray:
        """The order in which a piece's rows come to the devices."""
        return self._replicas.arranged(rows)

    def placed(self, batch: Batch) -> Batch:
        """A piece's rows on the devices; may be called in a thread of its own, while a step is computed."""
        rows = {name: getattr(batch, name) for name in ("inputs", "labels", "real", "places")}
        return batch._replace(**{name: self._replicas.split(row) for name, row in rows.items() if row is not None})

    def placed_rows(self, rows: np.ndarray) -> Any:
        """Rows (n, ...) on the device."""
        return self._replicas.split(rows)

    def step(self, state: State, pieces: Sequence[Batch], constants: Constants, rates: Rates) -> tuple[State, Any]:
        """One optimiser step on a batch, in one or more pieces whose gradients are added; the losses (trials,)."""
        if len(pieces) == 1:
            weights, slots, loss = self._step(state.weights, state.slots, self._fixed, pieces[0], constants, rates)
        else:
            total = self._gradients(state.weights, self._fixed, pieces[0], constants)
            for piece in pieces[1:]:
                total = self._add(total, state.weights, self._fixed, piece, constants)
            weights, slots, loss = self._apply(state.weights, state.slots, total, rates)
        return State(weights, slots), self._replicas.one(loss)

    def steps(self, state: State, given: Execution, constants: Constants) -> tuple[State, Any]:
        """As many steps as the execution has, on one device, each as `step` does it; the sum of their losses."""
        weights, slots, loss = self._steps(state.weights, state.slots, self._fixed, constants, *given)
        return State(weights, slots), loss

    def probabilities(self, state: State, batches: Iterable[np.ndarray], mask: Any) -> np.ndarray:
        """Answers (trials, n, classes) to activations (n, ...), which come in batches."""
        asked = [(self._asked(state, inputs, mask), len(inputs)) for inputs in batches]
        # Fetched when all are asked: a GPU answers one batch while the next is on its way.
        told = [self._replicas.joined(answers, axis=1)[:, :count] for answers, count in asked]
        return np.concatenate(told, axis=1)

    def _asked(self, state: State, inputs: np.ndarray, mask: Any) -> Any:
        rows = np.resize(np.arange(len(inputs)), -(-len(inputs) // self.devices) * self.devices)
        given = self._replicas.split(inputs if self.devices == 1 else inputs[rows])
        return self._answer(state.weights, self._fixed, given, mask)

    def _train(
        self, weights: Any, slots: Any, fixed: Any, batch: Batch, constants: Constants, rates: Rates
    ) -> tuple[Any, ...]:
        return self._summed(weights, slots, self._gradients_of(weights, fixed, batch, constants), rates)

    def _train_many(
        self, weights: Any, slots: Any, fixed: Any, constants: Constants, source: Any, batch: Batch, rates: Rates,
        many: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        def one(index: Any, standing: tuple[Any, ...]) -> tuple[Any, ...]:
            weights, slots, total = standing
            of_step = Batch(*(None if field is None else field[index] for field in batch))
            of_step = of_step._replace(inputs=ops.take(source, of_step.inputs, axis=0))
            now = Rates(*(field[index] for field in rates))
            weights, slots, loss = self._train(weights, slots, fixed, of_step, constants, now)
            return weights, slots, total + loss

        return ops.fori_loop(0, many, one, (weights, slots, ops.zeros_like(constants.dropout)))

    def _added(self, total: Any, weights: Any, fixed: Any, batch: Batch, constants: Constants) -> tuple[Any, Any]:
        gradients, loss = self._gradients_of(weights, fixed, batch, constants)
        return [a + b for a, b in zip(total[0], gradients, strict=True)], total[1] + loss

    def _summed(self, weights: Any, slots: Any, total: Any, rates: Rates) -> tuple[Any, ...]:
        gradients, loss = self._replicas.total(total)
        return (*self._moved(weights, slots, gradients, rates), loss)

    def _find_gradients(self, weights: Any, fixed: Any, batch: Batch, constants: Constants) -> tuple[list[Any], Any]:
        inputs = ops.cast(batch.inputs, "float32")
        if batch.share is not None:
            inputs = losses.mixed(inputs, batch.share)
            inputs = inputs if self._unfrozen is None else inputs[0]
        scale = _FLOAT16_SCALE if self._half else 1.0

        def loss(weights: list[Any]) -> tuple[Any, Any]:
            head, vector = self._vector(weights, fixed, inputs, training=True)
            rows = None if batch.places is None else (self._batch_size, batch.places)
            logits = heads.logits(head, vector, constants.mask, constants.dropout, batch.state, rows)
            each = losses.cross_entropy(logits, batch.labels, constants.smoothing, constants.class_weights, batch.share)
            by_trial = ops.sum(each * batch.real, axis=-1) / batch.images
            return ops.sum(by_trial) * scale, by_trial

        found, by_trial = backend.gradients(loss, list(weights))
        if self._half:
            found = [ops.where(ops.isfinite(gradient), gradient / scale, 0.0) for gradient in found]
        return found, by_trial

    def _descend(self, weights: Any, slots: Any, gradients: Any, rates: Rates) -> tuple[list[Any], list[Any]]:
        moved, head = [], len(weights) - len(self._variables)
        started = optimizer.warmed(self._name, rates.number)  # once: tracing is paid by the operation
        for index, (weight, slot, gradient) in enumerate(zip(weights, slots, gradients, strict=True)):
            rate, decay, dimensions = rates.backbone, rates.decay[0], len(weight.shape)
            if index < head:
                dimensions -= 1
                rate, decay = (ops.reshape(each, (-1,) + (1,) * dimensions) for each in (rates.head, rates.decay))
            of_step = optimizer.Rates(rate, decay if dimensions > 1 else 0.0, started)  # kernels decay, biases do not
            moved.append(optimizer.step(self._name, weight, gradient, slot, of_step))
        return [weight for weight, _ in moved], [slot for _, slot in moved]

    def _probabilities(self, weights: Any, fixed: Any, inputs: Any, mask: Any) -> Any:
        head, vector = self._vector(weights, fixed, ops.cast(inputs, "float32"), training=False)
        return ops.softmax(ops.cast(heads.logits(head, vector, mask), "float32"), axis=-1)

    def _vector(self, weights: Any, fixed: Any, inputs: Any, training: bool) -> tuple[Any, Any]:
        """The stacked head's weights, and the vector that it reads."""
        split = len(weights) - len(self._variables)
        if self._unfrozen is None:
            return weights[:split], inputs
        given = [*zip(self._variables, weights[split:], strict=True), *zip(self._unlearned, fixed, strict=True)]
        with keras.StatelessScope(state_mapping=given):
            vector = self._unfrozen(inputs, training=training)
        return weights[:split], ops.cast(vector, "float32")
