"""The toy's trials on one device and on two, in a process of its own: devices are declared before a backend starts.

KERAS_BACKEND=... python two_devices_child.py FOLDER: prints what differs between the two, as JSON.
"""

import json
import os
import runpy
import sys
from dataclasses import replace
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import keras
import numpy as np

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from tuning import bench
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.trial import TrialSettings

TOY = runpy.run_path(str(Path(__file__).with_name("search_child.py")))
HUNGRY = runpy.run_path(str(Path(__file__).with_name("hungry.py")))["Hungry"]
ONE, TWO = (), ("CPU:0", "CPU:1")
POINT = Hyperparameters(1, 4, 0.3, 0.05, pooling="avg+max", weight_decay=0.1, label_smoothing=0.1, mixup=0.4)
FOLDER = Path(sys.argv[1])


def training(devices, point=POINT, batch_size=16, epochs=2, net=None):
    """60 images: the last batch is filled up."""
    net, features = net or TOY["network"](), FOLDER / "features"
    features.mkdir(exist_ok=True)
    settings = TrialSettings(epochs, batch_size, "balanced_accuracy", 5, devices)
    source = TOY["source"](str(features), net)
    made = bench.Bench(lambda _side: net, TOY["BACKBONE"], source, 2, settings, 4, Folder(FOLDER / "state"))
    return made._training([point], lambda _text: None)


def trained(one):
    while not one.ended:
        one.epoch()
    return one


def apart(one, other):
    """The largest difference between two trainings' weights."""
    pairs = zip(arrays(one), arrays(other), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def arrays(one):
    return one._learner.arrays(one._stepper.state)[0]


class Cramped:
    """A learner for which a batch must be cut into so many pieces."""

    def __init__(self, learner, least):
        self._learner, self._least, self.seen = learner, least, []

    def __getattr__(self, name):
        return getattr(self._learner, name)

    def step(self, state, pieces, constants, rates):
        self.seen.append(len(pieces))
        if len(pieces) < self._least:
            raise MemoryError
        return self._learner.step(state, pieces, constants, rates)


def cut(devices):
    one = training(devices)
    one._stepper.learner = Cramped(one._learner, 4)
    return trained(one)


def resumed(devices, again):
    """Stopped after an epoch, and gone on with in another training."""
    first, second, files = training(devices), training(again), Folder(FOLDER / "kept")
    first.epoch()
    first.keep(files, "a.npz", certainly=True)
    second.restore(files, "a.npz")
    return trained(second)


def hungry(devices):
    """Into how many pieces a batch is cut by memory that really does not suffice, and why the trial failed."""
    net = TOY["network"]()
    low, high = (keras.layers.Conv2D.from_config(layer.get_config()) for layer in net.layers[-2:])
    start = keras.Input((8, 8, 3))
    net = keras.Model(start, high(HUNGRY()(low(start))))
    one = training(devices, net=net)
    trained(one)
    return [one._stepper.pieces, one.reasons[0]]


def searched(devices):
    settings = replace(TOY["SETTINGS"], trials=6)
    settings = replace(settings, trial=replace(settings.trial, epochs=3, devices=devices))
    found = TOY["run"](Folder(FOLDER / f"search-{len(devices)}"), settings)
    return [[str(one.hyperparameters), list(one.curve)] for one in found]


def main():
    alone, both = trained(training(ONE)), trained(training(TWO))
    cut_alone, cut_both = cut(ONE), cut(TWO)
    exploded = trained(training(TWO, replace(POINT, learning_rate=1e30)))
    print(json.dumps({
        "devices": [one._learner.devices for one in (alone, both)],
        "moved": apart(alone, training(ONE)),
        "apart": apart(alone, both), "curves": [alone.curves, both.curves],
        "odd": apart(*(trained(training(devices, batch_size=15)) for devices in (ONE, TWO))),
        "cut": [apart(alone, cut_alone), apart(alone, cut_both)], "pieces": cut_both._stepper.learner.seen,
        "hungry": [hungry(devices) for devices in (ONE, TWO)],
        "reason": exploded.reasons[0],
        "resumed": [apart(both, resumed(TWO, TWO)), apart(both, resumed(TWO, ONE))],
        "searches": [searched(ONE), searched(TWO)],
    }))  # fmt: skip


main()
