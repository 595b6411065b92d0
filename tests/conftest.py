"""Real photographs and raw folders that the tests of the data steps start from; nothing is downloaded."""

import os

import numpy as np
import pytest


@pytest.fixture(scope="session")
def photographs():
    """Two photographs, uint8 (427, 640, 3): a temple in China, a flower (scikit-learn's own)."""
    from sklearn.datasets import load_sample_images

    return [np.array(image) for image in load_sample_images().images]


@pytest.fixture(scope="session")
def beam_options():
    return ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]


@pytest.fixture
def save_crop(photographs):
    """(path, photograph, number) -> writes a crop of 96 pixels that no other number gives, as the suffix says."""
    from PIL import Image

    def save(path, photograph, number, side_px=96):
        top, left = number * 7 % (426 - side_px), number * 13 % (639 - side_px)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Image.fromarray(photographs[photograph][top : top + side_px, left : left + side_px]).save(path)
        return path

    return save


@pytest.fixture
def raw_folder(tmp_path, save_crop):
    """A raw folder of two brands with 8 photographs each from two sources."""
    for photograph, brand in enumerate(("acme", "zeta")):
        for number in range(8):
            source = "instagram" if number % 2 else "official"
            save_crop(str(tmp_path / "raw" / brand / source / f"{number}.jpg"), photograph, number)
    return tmp_path / "raw"
