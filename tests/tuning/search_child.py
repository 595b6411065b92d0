"""A search of a toy backbone, in a process of its own so that it can be killed.

python search_child.py STATE RESULT [NUMBER OF]: STATE is a folder or a gs:// uri, RESULT a JSON file written at the
end, NUMBER which of how many workers. Prints a line whenever something happens.
"""

import json
import sys
import tempfile
from dataclasses import replace

import keras
import numpy as np

from tuning import halving, search, space, trial
from tuning.backbones import OUTPUT, Backbone, Stage
from tuning.files import Folder
from tuning.in_process import InProcessSource
from tuning.shares import Share

BACKBONE = Backbone("toy", "", 8, 8, "minus_one_to_one", (Stage("low", "low"), Stage("high", OUTPUT)))
SPACE = space.Space(
    (0, 1, 2), (0, 4), (0.0, 0.3), (1e-3, 1e-1), pooling=("avg", "avg+max"), optimizer=("adamw", "sgd"),
    backbone_rate=(0.1, 0.5), weight_decay=(0.0, 0.1), label_smoothing=(0.0, 0.1), mixup=(0.0, 0.2),
    balancing=("class_weights", "sampling"), augmentation=("none", "light"), image_side_px=(8,),
)  # fmt: skip
SETTINGS = search.SearchSettings(
    SPACE, 10, trial.TrialSettings(6, 8, "balanced_accuracy", seed=5), halving=halving.Halving(3, 2)
)


def network(_side_px=8):
    """Two convolutions with fixed random weights."""
    start = keras.Input((8, 8, 3))
    low = keras.layers.Conv2D(
        4, 3, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(1), name="low"
    )
    high = keras.layers.Conv2D(6, 3, kernel_initializer=keras.initializers.GlorotUniform(2), name="high")
    return keras.Model(start, high(low(start)))


def images(count, seed):
    """Noise of two classes that differ in colour, a little."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    pixels = generator.uniform(0, 200, (count, 8, 8, 3))
    pixels[np.arange(count), :, :, 2 * labels] += 12
    return pixels.astype("uint8"), labels


def source(folder, net, train=60, validation=40):
    """The toy's features, computed in this process."""
    splits = {"training": images(train, 1), "validation": images(validation, 2)}
    batches = {split: lambda _side, one=one: [one] for split, one in splits.items()}
    return InProcessSource(lambda _side: net, BACKBONE, batches, folder)


def run(files, settings=SETTINGS, on_trial=lambda *_: None):
    """Its results."""
    net = network()
    with tempfile.TemporaryDirectory() as folder:
        return search.search(lambda _side: net, BACKBONE, source(folder, net), 2, settings, files, on_trial)


def told(results):
    """Results without their times, in JSON's terms."""
    return [[str(one.hyperparameters), list(one.curve), one.stopped, one.reason] for one in results]


def main(state, result, number="1", of="1"):
    """Run it, and say what was found."""
    if state.startswith("gs://"):
        from components.stored_files import StoredFiles

        files = StoredFiles(state)
    else:
        files = Folder(state)
    settings = replace(SETTINGS, share=Share(int(number), int(of)))
    found = run(files, settings, lambda *said: print(*said, flush=True))
    with open(result, "w") as file:
        json.dump(told(found), file)


if __name__ == "__main__":
    main(*sys.argv[1:])
