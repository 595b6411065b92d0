"""The toy's trials step by step and many steps at once, on the backend that KERAS_BACKEND names.

python executions_child.py FOLDER: prints how far their weights and curves differ, and how far weights moved, as JSON.
"""

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuning import bench, executions
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.trial import TrialSettings

TOY = runpy.run_path(str(Path(__file__).with_name("search_child.py")))
HEAD = Hyperparameters(0, 4, 0.3, 0.05, pooling="avg+max", weight_decay=0.1, label_smoothing=0.1)
FOLDER = Path(sys.argv[1])
NET = TOY["network"]()


def begun(points, many):
    (FOLDER / "features").mkdir(exist_ok=True)
    source = TOY["source"](str(FOLDER / "features"), NET)
    settings = TrialSettings(3, 8, "balanced_accuracy", 5, (), many, head_steps=0)
    made = bench.Bench(lambda _side: NET, TOY["BACKBONE"], source, 2, settings, 4, Folder(FOLDER / "state"))
    return made._training(points, lambda _text: None)


def trained(points, many):
    one = begun(points, many)
    while not one.ended:
        one.epoch()
    return one


def differ(some, others):
    return max(float(np.abs(a - b).max()) for a, b in zip(some, others, strict=True))


def arrays(one):
    return one._learner.arrays(one._stepper.state)[0]


def apart(points, many):
    one, other = trained(points, 1), trained(points, many)
    assert one._stepper.executions is None
    assert other._stepper.executions._many == many
    start = begun(points, many)
    return {
        "weights": differ(arrays(one), arrays(other)), "moved": differ(arrays(start), arrays(other)),
        "curves": differ(map(np.array, one.curves), map(np.array, other.curves)),
    }  # fmt: skip


CASES = {
    "head": [HEAD], "heads": [HEAD, replace(HEAD, head_width=0, dropout=0.1)], "mixup": [replace(HEAD, mixup=0.4)],
    "sampling": [replace(HEAD, balancing="sampling")], "deep": [replace(HEAD, unfrozen_stages=1)],
    "whole": [replace(HEAD, unfrozen_stages=2, mixup=0.4, optimizer="sgd")],
}  # fmt: skip
found = {name: apart(points, 3) for name, points in CASES.items()}  # epochs of 8 steps: the last execution has two
executions._RESIDENT_BYTES = 0  # now rows are brought for each execution
found |= {f"{name}, brought": apart(CASES[name], 3) for name in ("heads", "deep", "mixup")}
print(json.dumps(found))
