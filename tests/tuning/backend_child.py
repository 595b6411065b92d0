"""A whole search from stored features on the backend that KERAS_BACKEND names, in a process that can be killed.

python backend_child.py FOLDER RESULT: FOLDER keeps state and features, RESULT is a JSON file that is written at the
end. Prints a line whenever something happens. Weights of network and heads are drawn by NumPy, and nothing is dropped:
what backends draw differs.
"""

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuning import heads, search
from tuning.files import Folder
from tuning.store import address
from tuning.store.files import MappedFolder
from tuning.store.images import ArrayBlock, ChosenImages
from tuning.store.planning import Demand
from tuning.store.source import StoredSource, StoreSettings

TOY = runpy.run_path(str(Path(__file__).with_name("search_child.py")))
SPACE = replace(TOY["SPACE"], dropout=(0.0,))
SETTINGS = replace(TOY["SETTINGS"], space=SPACE, trials=8, oracle="random")


def drawn(shape, seed):
    return (np.random.default_rng(seed).normal(size=shape) * (2 / np.prod(shape[:-1])) ** 0.5).astype("float32")


def network():
    net = TOY["network"]()
    net.set_weights([drawn(array.shape, 1) if array.ndim > 1 else array for array in net.get_weights()])
    return net


def block(split, count, seed):
    pixels, labels = TOY["images"](count, seed)
    names = tuple(f"{split}-{number}" for number in range(count))
    return ChosenImages(ArrayBlock(f"a/{split}-0", names, pixels), dict(zip(names, labels.tolist(), strict=True)))


def main(folder, result):
    """Search, and say what was found."""
    heads._dense = lambda inputs, units, seed: [drawn((inputs, units), seed), np.zeros(units, np.float32)]
    net, backbone, demand = network(), TOY["BACKBONE"], Demand.of_search((0, 1, 2), 8, 6, strengths=SPACE.augmentation)
    source = StoredSource(
        backbone, lambda _side: net, address.origin(backbone, "toy"),
        {"training": [block("training", 60, 1)], "validation": [block("validation", 40, 2)]},
        MappedFolder(f"{folder}/features"), replace(demand, views=2), StoreSettings("float32"), lambda _text: None,
    )  # fmt: skip
    found = search.search(
        lambda _side: net, backbone, source, 2, SETTINGS, Folder(f"{folder}/state"),
        lambda *said: print(*said, flush=True),
    )  # fmt: skip
    trials = [[str(one.hyperparameters), list(one.curve), one.stopped, one.reason] for one in found]
    tally = source.report.tally
    said = {"trials": trials, "tensorflow": "tensorflow" in sys.modules, "computed": tally.computed_images}
    Path(result).write_text(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
