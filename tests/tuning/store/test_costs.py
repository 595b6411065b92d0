import numpy as np
import pytest

from tuning import backbones
from tuning.store import costs, cuts
from tuning.store.address import IMAGES
from tuning.store.costs import Costs


def test_every_piece_of_a_chain_is_timed_and_its_bytes_counted(frozen_network, tmp_path):
    chain = cuts.Chain(frozen_network, backbones.get("vgg16"), IMAGES, ["pixels", "block4", "pooled"])
    images = np.zeros((cuts.BATCH, 32, 32, 3), np.uint8)
    measured = costs.measure(chain, lambda: images.copy(), tmp_path, itemsize=2)
    # 32 * 32 * 3 bytes; as many halves; 2 * 2 * 512 halves; averages and maxima of 512 channels.
    assert measured.row_bytes == {IMAGES: 3072, "pixels": 6144, "block4": 4096, "pooled": 2048}
    assert measured.forward_s.keys() == measured.row_bytes.keys()
    assert all(seconds > 0 for seconds in measured.forward_s.values())
    assert measured.forward_s["block4"] > measured.forward_s["pixels"]  # ten convolutions against one scaling
    assert not list(tmp_path.iterdir())


def test_costs_that_were_written_down_come_back():
    measured = Costs({"a": 0.5}, {"a": 3}, 1e9, 5e8)
    assert Costs.decode(measured.encode()) == measured


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"forward_s": {}}'])
def test_costs_that_cannot_be_read_are_measured_again(content):
    assert Costs.decode(content) is None
