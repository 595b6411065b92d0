"""One device, or several that each take their share of every batch and end every step with the same weights.

A step is a function of arrays. Those that `everywhere` made are on all devices, those that `split` made are divided
among them by rows. On TensorFlow a function runs on each device with its share, by MirroredStrategy, and adds up what
the others found; on JAX the backend divides one program over all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras
import numpy as np

from tuning import backend, cutting, devices

Function = Callable[..., Any]


class Replicas(Protocol):
    """Devices, and how a step runs on them."""

    count: int

    def compiled(self, function: Function) -> Function:
        """The function as a graph, run on every device."""

    def part(self, function: Function) -> Function:
        """A part of such a function, compiled by itself if the whole cannot be."""

    def total(self, found: Any) -> Any:
        """Within a compiled function: sums over all devices of what each has found in its share."""

    def everywhere(self, arrays: Any) -> Any:
        """Lists of arrays, on every device."""

    def arranged(self, rows: np.ndarray) -> np.ndarray:
        """The order in which `split` wants rows, so that rows across from each other come to one device."""

    def split(self, array: np.ndarray) -> Any:
        """(n, ...), its rows divided among the devices; n is a multiple of their count."""

    def one(self, found: Any) -> Any:
        """Lists of arrays that are equal on every device, from one of them."""

    def joined(self, found: Any, axis: int) -> np.ndarray:
        """What every device found for its rows, one after the other along an axis."""


def of(names: Sequence[str] | None = None) -> Replicas:
    """These devices, by the backend's names; None takes all GPUs. One device, or none, needs nothing of all this."""
    found = devices.gpus() if names is None else list(names)
    if len(found) < 2:
        return Alone()
    return Sharded(found) if keras.backend.backend() == "jax" else Mirrored(found)


class Alone:
    """The backend's own first device."""

    count = 1

    def compiled(self, function: Function) -> Function:
        """See Replicas."""
        return backend.compiled(function)

    def part(self, function: Function) -> Function:
        """See Replicas."""
        return function

    def total(self, found: Any) -> Any:
        """See Replicas."""
        return found

    def everywhere(self, arrays: Any) -> Any:
        """See Replicas."""
        return keras.tree.map_structure(_tensor, arrays)

    def arranged(self, rows: np.ndarray) -> np.ndarray:
        """See Replicas."""
        return rows

    def split(self, array: np.ndarray) -> Any:
        """See Replicas."""
        return keras.ops.convert_to_tensor(array)

    def one(self, found: Any) -> Any:
        """See Replicas."""
        return found

    def joined(self, found: Any, axis: int) -> np.ndarray:  # noqa: ARG002 - nothing is divided
        """See Replicas."""
        return keras.ops.convert_to_numpy(found)


class Sharded(Alone):
    """Devices of JAX, over which it divides one program: every row's neighbours are where they would be on one."""

    def __init__(self, names: Sequence[str]) -> None:
        import jax
        from jax.sharding import Mesh, NamedSharding, PartitionSpec

        found = {f"{device.platform}:{device.id}": device for device in jax.devices()}
        mesh = Mesh(np.array([found[name.lower()] for name in names]), ("rows",))
        self.count = len(names)
        by_rows, whole = (PartitionSpec(*axes) for axes in (("rows",), ()))  # type: ignore[no-untyped-call]
        self._rows, self._everywhere = NamedSharding(mesh, by_rows), NamedSharding(mesh, whole)

    def everywhere(self, arrays: Any) -> Any:
        """See Replicas."""
        import jax

        return jax.device_put(arrays, self._everywhere)

    def split(self, array: np.ndarray) -> Any:
        """See Replicas."""
        import jax

        return jax.device_put(array, self._rows)


class Mirrored:
    """Devices of TensorFlow, each of which runs the function; what they found is added up by MirroredStrategy.

    XLA compiles what one device does between two sums: it cannot compile the sums.
    """

    def __init__(self, names: Sequence[str]) -> None:
        import tensorflow as tf

        # By copies: TensorFlow mixed up the collective operations of two learners, and then asked for a restart.
        self._strategy = tf.distribute.MirroredStrategy(list(names), tf.distribute.ReductionToOneDevice())
        self.count = self._strategy.num_replicas_in_sync

    def compiled(self, function: Function) -> Function:
        """See Replicas."""
        import tensorflow as tf

        run = self._strategy.run
        return tf.function(lambda *given: run(function, args=given), reduce_retracing=True, autograph=False)

    def part(self, function: Function) -> Function:
        """See Replicas."""
        return backend.compiled(function)

    def total(self, found: Any) -> Any:
        """See Replicas."""
        import tensorflow as tf

        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, found)

    def everywhere(self, arrays: Any) -> Any:
        """See Replicas."""
        return self._on_each(lambda _number: arrays)

    def arranged(self, rows: np.ndarray) -> np.ndarray:
        """See Replicas."""
        if len(rows) % (2 * self.count):
            return rows  # a device gets an odd number: mixup then pairs others
        return np.concatenate([rows[places] for places in cutting.pieces(len(rows), self.count)])

    def split(self, array: np.ndarray) -> Any:
        """See Replicas."""
        each = len(array) // self.count
        return self._on_each(lambda number: array[number * each : (number + 1) * each])

    def one(self, found: Any) -> Any:
        """See Replicas."""
        import tensorflow as tf

        return tf.nest.map_structure(lambda each: self._strategy.experimental_local_results(each)[0], found)

    def joined(self, found: Any, axis: int) -> np.ndarray:
        """See Replicas."""
        return np.concatenate([each.numpy() for each in self._strategy.experimental_local_results(found)], axis)

    def _on_each(self, arrays_of: Callable[[int], Any]) -> Any:
        import tensorflow as tf

        def copied(context: Any) -> Any:
            number = context.replica_id_in_sync_group
            with tf.device(self._strategy.extended.worker_devices[number]):
                return tf.nest.map_structure(lambda array: tf.identity(_tensor(array)), arrays_of(number))

        return self._strategy.experimental_distribute_values_from_function(copied)


def _tensor(array: Any) -> Any:
    return None if array is None else keras.ops.convert_to_tensor(array)
