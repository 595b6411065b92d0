import threading

import keras
import numpy as np
import pytest

from tuning import model, weights
from tuning.backbones import NAMES, get
from tuning.store import address, cuts


def depths_of(backbone):
    """All frozen, one stage, the middle, everything."""
    stages = len(backbone.stages)
    return (0, 1, stages // 2, stages)


@pytest.mark.parametrize("name", NAMES)
def test_the_chain_gives_at_each_cut_what_a_trial_computes_from_pixels(name):
    backbone = get(name)
    side = max(32, backbone.min_side_px)
    network = weights.load(backbone, weights.resolve(backbone, "none"), side, seed=1)
    images = np.random.default_rng(0).integers(0, 255, (2, side, side, 3)).astype("uint8")
    names = {address.cut_name(backbone, depth): depth for depth in depths_of(backbone)}
    chain = cuts.Chain(network, backbone, address.IMAGES, list(names))
    assert chain.cuts == tuple(reversed(names))
    for cut, activations in chain.run(images):
        expected = model.split(network, backbone, names[cut]).features.predict_on_batch(images.astype("float32"))
        scale = np.abs(expected).max()
        np.testing.assert_allclose(np.asarray(activations) / scale, expected / scale, atol=1e-5)
        assert chain.shapes[cut] == expected.shape[1:]


def test_a_chain_may_begin_at_any_cut(frozen_network):
    backbone, images = get("vgg16"), np.random.default_rng(0).integers(0, 255, (50, 32, 32, 3)).astype("uint8")
    block3 = cuts.Chain(frozen_network, backbone, address.IMAGES, ["block3"]).top(images)
    whole = cuts.Chain(frozen_network, backbone, address.IMAGES, ["pooled"]).top(images)
    above = cuts.Chain(frozen_network, backbone, "block3", ["pooled"]).top(block3)  # 50 rows: two batches, one not full
    np.testing.assert_allclose(above, whole, rtol=1e-4, atol=1e-4)


def test_few_rows_at_the_end_go_with_the_batch_before():
    assert [(batch.start, batch.stop) for batch in cuts.batches(80)] == [(0, 32), (32, 80)]
    assert [(batch.start, batch.stop) for batch in cuts.batches(81)] == [(0, 32), (32, 64), (64, 81)]
    assert [(batch.start, batch.stop) for batch in cuts.batches(5)] == [(0, 5)]
    assert cuts.batches(0) == []


def test_a_short_batch_is_filled_up_to_a_multiple_of_eight_and_a_full_one_left_alone():
    rows = np.arange(3 * 2).reshape(3, 2)
    padded = keras.ops.convert_to_numpy(cuts.padded(rows))
    assert padded.shape == (8, 2)
    assert padded[:4].tolist() == [[0, 1], [2, 3], [4, 5], [0, 1]]
    assert cuts.padded(np.zeros((17, 2))).shape == (24, 2)
    full = np.zeros((cuts.BATCH, 2))
    assert cuts.padded(full) is full


def test_a_cut_that_the_backbone_lacks_is_refused(frozen_network):
    with pytest.raises(ValueError, match="vgg16 has no cut 'block9'; it has pixels, block1"):
        cuts.Chain(frozen_network, get("vgg16"), address.IMAGES, ["block9"])


def test_pieces_are_compiled_once_by_a_thread_that_is_ahead(frozen_network, monkeypatch):
    made, compiled, computed, all_made = [], cuts._compiled, cuts.Call.__call__, threading.Event()

    def counted(piece):
        graph = compiled(piece)
        made.append((piece, threading.current_thread()))
        if len(made) == 3:
            all_made.set()
        return graph

    def slow(call, rows):
        found = computed(call, rows)
        assert all_made.wait(60)  # while the first piece computes, the others are compiled
        return found

    monkeypatch.setattr(cuts, "_compiled", counted)
    monkeypatch.setattr(cuts.Call, "__call__", slow)
    chain = cuts.Chain(frozen_network, get("vgg16"), address.IMAGES, ["pixels", "block2", "pooled"])
    assert not made  # a chain that is only asked for its shapes costs nothing
    for _ in range(2):
        assert len(list(chain.run(np.zeros((8, 32, 32, 3), np.uint8)))) == 3
    assert len(made) == len({id(piece) for piece, _ in made}) == 3
    assert made[-1][1] is not threading.main_thread()


def test_who_runs_a_piece_that_cannot_be_compiled_hears_why(frozen_network, monkeypatch):
    def refuse(_piece):
        raise MemoryError("no room for the graph")

    monkeypatch.setattr(cuts, "_compiled", refuse)
    chain = cuts.Chain(frozen_network, get("vgg16"), address.IMAGES, ["pooled"])
    with pytest.raises(MemoryError, match="no room for the graph"):
        chain.top(np.zeros((8, 32, 32, 3), np.uint8))
