import numpy as np
import pytest

from tuning import backbones, weights
from tuning.store import address, costs
from tuning.store.files import MappedFolder
from tuning.store.images import ArrayBlock, ChosenImages
from tuning.store.planning import Demand
from tuning.store.source import StoredSource, StoreSettings


@pytest.fixture(scope="session")
def frozen_network():
    """VGG16 on 32 pixels with random weights that no test may change."""
    backbone = backbones.get("vgg16")
    return weights.load(backbone, weights.resolve(backbone, "none"), 32, seed=1)


@pytest.fixture
def make_block():
    """(key, n, seed) -> a block of n images of 32 pixels: reddish ones, class 0, and bluish ones, class 1.

    tint: how much redder or bluer, in grey levels.
    """

    def make(key, n, seed=0, side_px=32, tint=60):
        generator = np.random.default_rng(seed)
        labels = np.arange(n) % 2
        images = generator.uniform(0, 160, (n, side_px, side_px, 3))
        images[np.arange(n), :, :, 2 * labels] += tint
        names = tuple(f"{key}/{number}" for number in range(n))
        return ChosenImages(
            ArrayBlock(key, names, images.astype("uint8")), dict(zip(names, labels.tolist(), strict=True))
        )

    return make


@pytest.fixture
def splits(make_block):
    return {
        "training": [make_block("a/train-00000", 40, 1), make_block("a/train-00001", 9, 2)],
        "validation": [make_block("a/validation-00000", 12, 3)],
    }


@pytest.fixture
def make_source(tmp_path, splits, frozen_network, monkeypatch):
    """A source of vgg16's features at depths 0 to 2 with a cache of its own; changes by keyword.

    Reading and writing cost next to nothing, so that what fits is kept however busy this machine's disk is.
    """
    monkeypatch.setattr(costs, "disk_speeds", lambda _folder: (1e12, 1e12))

    vgg16 = backbones.get("vgg16")

    def make(depths=(0, 1, 2), passes=50.0, views=1, strengths=("none",), folder="cache", **changes):
        said = []
        settings = {"dtype": "float32", **changes.pop("settings", {})}
        arguments = {
            "network": lambda _side_px: frozen_network, "origin": address.origin(vgg16, "none-seed1"), "splits": splits,
            "files": MappedFolder(tmp_path / folder), "demand": Demand(dict.fromkeys(depths, passes), strengths, views),
            "settings": StoreSettings(**settings), "say": said.append,
        }  # fmt: skip
        source = StoredSource(vgg16, **{**arguments, **changes})
        source.said = said
        return source

    return make
