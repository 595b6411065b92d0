"""Learning curves as TensorBoard reads them. TensorFlow alone writes them: TensorBoard is needed only to look."""

from __future__ import annotations

from dataclasses import asdict

import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import DATA_CLASS_SCALAR, SummaryMetadata

from tuning.standing import EpochRow

# What tf.summary.scalar says of a figure; that function itself needs the tensorboard package, which is not required.
_SCALAR = SummaryMetadata(plugin_data={"plugin_name": "scalars"}, data_class=DATA_CLASS_SCALAR)


class Curves:
    """Event files in a local folder. A training that goes on writes another one, which is shown with the first."""

    def __init__(self, folder: str) -> None:
        self._writer = tf.summary.create_file_writer(folder)

    def add(self, row: EpochRow) -> None:
        """One epoch's figures at its number; on disk when this returns."""
        with self._writer.as_default(step=row.epoch):
            for name, value in asdict(row).items():
                if name != "epoch":
                    tf.summary.write(name, tf.constant(value, tf.float32), metadata=_SCALAR)
        self._writer.flush()
