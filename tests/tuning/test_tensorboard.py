import pytest
import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event

from tuning.standing import EpochRow
from tuning.tensorboard import Curves


def test_every_figure_of_an_epoch_is_in_the_event_file_at_its_number(tmp_path):
    curves = Curves(str(tmp_path))
    curves.add(EpochRow(3, 0.5, 0.75, 0.6, 0.8, 0.8, 2.0))
    (path,) = tmp_path.iterdir()
    events = [Event.FromString(record) for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator()]
    values = [(event.step, value) for event in events for value in event.summary.value]
    found = {value.tag: (step, tf.make_ndarray(value.tensor).item()) for step, value in values}
    assert found["train_loss"] == (3, 0.5)
    assert found["validation_loss"] == (3, pytest.approx(0.6))
    assert {value.metadata.plugin_data.plugin_name for _step, value in values} == {"scalars"}
    assert set(found) == {
        "train_loss", "train_accuracy", "validation_loss", "validation_balanced_accuracy", "objective", "seconds",
    }  # fmt: skip
