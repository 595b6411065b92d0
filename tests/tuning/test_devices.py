import subprocess
import sys

import tensorflow as tf

from tuning import devices

# Several devices must be declared before TensorFlow starts: a process of its own.
TWO_DEVICES = """
import numpy as np
import tensorflow as tf
cpu, = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tuning import augmented, backbones, devices, fit, model, weights
from tuning.augmentation import STRENGTHS
from tuning.epochs import Epochs
from tuning.model import Hyperparameters
from tuning.standing import FitSettings
labels = np.arange(32) % 2
images = np.random.default_rng(0).integers(0, 160, (32, 32, 32, 3)).astype("uint8")
images[np.arange(32), :, :, 2 * labels] += 60
data = tf.data.Dataset.from_tensor_slices((images, labels))
backbone, point = backbones.get("vgg16"), Hyperparameters(0, 0, 0.0, 0.01)

def losses(strategy):
    with strategy.scope():
        network = weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)
        whole = model.classifier(model.split(network, backbone, 0), 2, point, 1).whole
    make = augmented.maker(whole, point, STRENGTHS["none"], 8, seed=3, compiles=False)
    def learner(parts):
        with strategy.scope():
            return make(parts)
    rows = fit.fit(whole, learner, Epochs(data, [16, 16], 8, 3), data, FitSettings(2, 2, "balanced_accuracy"))
    return [row.train_loss for row in rows]

two = devices.strategy(["CPU:0", "CPU:1"])
assert two.num_replicas_in_sync == 2
np.testing.assert_allclose(losses(two), losses(devices.strategy([])), rtol=1e-4)
"""


def test_a_batch_shared_by_two_devices_teaches_what_it_teaches_on_one():
    done = subprocess.run([sys.executable, "-c", TWO_DEVICES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_one_device_needs_no_strategy():
    assert devices.strategy(["GPU:0"]).num_replicas_in_sync == 1


def test_only_heads_are_given_many_steps_at_once_on_a_cpu_and_all_trials_on_a_gpu(monkeypatch):
    monkeypatch.setattr(devices, "gpus", list)
    assert devices.steps_per_execution(0) > 1
    assert [devices.steps_per_execution(stages) for stages in (1, 5)] == [1, 1]
    monkeypatch.setattr(devices, "gpus", lambda: ["GPU:0"])
    assert min(devices.steps_per_execution(stages) for stages in (0, 1, 5)) > 1


def test_xla_is_for_gpus(monkeypatch):
    monkeypatch.setattr(devices, "gpus", list)
    assert not devices.compiles()
    monkeypatch.setattr(devices, "gpus", lambda: ["GPU:0"])
    assert devices.compiles()


def test_a_search_leaves_graphs_as_they_are_on_a_cpu_alone(monkeypatch):
    optimizer, name = tf.config.optimizer, "disable_meta_optimizer"
    before = {name: optimizer.get_experimental_options()[name]}
    try:
        optimizer.set_experimental_options({name: False})
        with monkeypatch.context() as patched:
            patched.setattr(devices, "gpus", lambda: ["GPU:0"])
            devices.prepare_search()
        assert not optimizer.get_experimental_options()[name]
        devices.prepare_search()
        assert optimizer.get_experimental_options()[name]
    finally:
        optimizer.set_experimental_options(before)
