from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from tuning import bench, trial
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.stepping import OutOfMemory

HEADS = [
    Hyperparameters(0, width, drop, rate, pooling, weight_decay=decay, label_smoothing=smooth, balancing=balancing)
    for width, pooling, drop, rate, decay, smooth, balancing in (
        (4, "avg", 0.0, 0.1, 0.0, 0.0, "none"), (0, "max", 0.5, 0.01, 0.1, 0.1, "class_weights"),
        (2, "avg+max", 0.2, 0.05, 0.0, 0.2, "class_weights"),
    )
]  # fmt: skip
DEEP = Hyperparameters(1, 4, 0.2, 0.05, pooling="max", weight_decay=0.1, label_smoothing=0.1)


@pytest.fixture
def training(make_bench):
    """(points) -> a Training of them."""

    def make(*points, **settings):
        return make_bench(**settings)._training(points, lambda _text: None)

    return make


def silent(_text):
    pass


def weights_of(one):
    return [np.array(weight) for weight in one._stepper.state.weights]


@pytest.mark.parametrize("change", [{}, {"mixup": 0.4}, {"balancing": "sampling"}, {"optimizer": "sgd"}])
def test_heads_trained_together_become_what_each_becomes_alone(training, change):
    points = [replace(head, **change) for head in HEADS]
    together = training(*points)
    alone = [training(point) for point in points]
    for one in (together, *alone):
        while not one.ended:
            one.epoch()
    for number, one in enumerate(alone):
        for stacked, single in zip(weights_of(together), weights_of(one), strict=True):
            np.testing.assert_allclose(stacked[number], single[0], atol=1e-4)
        assert together.curves[number] == pytest.approx(one.curves[0], abs=1e-6)


def ended(one):
    while not one.ended:
        one.epoch()
    return one


@pytest.mark.parametrize("change", [{}, {"balancing": "sampling", "mixup": 0.4}])
def test_a_head_takes_the_steps_that_it_needs_in_several_passes_an_epoch(training, change):
    points = [replace(head, **change) for head in HEADS]
    four, twelve = ended(training(*points, head_steps=33)), ended(training(*points, epochs=12, head_steps=0))
    assert [curve[2::3] for curve in twelve.curves] == four.curves  # 16 steps in 4 epochs: 3 passes each
    assert all(np.array_equal(a, b) for a, b in zip(weights_of(four), weights_of(twelve), strict=True))


def test_a_deep_trial_sees_every_image_once_an_epoch_however_few_its_steps(training):
    many, few = ended(training(DEEP, head_steps=33)), ended(training(DEEP, head_steps=0))
    assert many.curves == few.curves
    assert all(np.array_equal(a, b) for a, b in zip(weights_of(many), weights_of(few), strict=True))


@pytest.mark.parametrize("point", [DEEP, HEADS[0]])  # the head takes many passes an epoch
def test_a_training_that_is_restored_goes_on_bit_by_bit(training, tmp_path, point):
    whole, first, second = (training(point) for _ in range(3))
    for _ in range(4):
        whole.epoch()
    first.epoch()
    first.epoch()
    first.keep(Folder(tmp_path / "kept"), "a.npz", certainly=True)
    second.restore(Folder(tmp_path / "kept"), "a.npz")
    assert second.epochs == 2
    second.epoch()
    second.epoch()
    assert second.curves == whole.curves
    assert all(np.array_equal(a, b) for a, b in zip(weights_of(second), weights_of(whole), strict=True))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_in_half_precision_a_trial_learns_about_the_same_and_goes_on_from_its_state(training, tmp_path, policy):
    point = replace(DEEP, optimizer="sgd", learning_rate=0.02)  # SGD: a loss whose scale stayed would show
    before, whole = keras.config.dtype_policy().name, training(point)
    start = weights_of(whole)
    try:
        keras.config.set_dtype_policy(policy)
        half, again = training(point), training(point)
    finally:
        keras.config.set_dtype_policy(before)
    assert half._learner._half == (policy == "mixed_float16")
    for one in (whole, half):
        one.epoch()
        one.epoch()
    learned = max(np.abs(weight - begun).max() for weight, begun in zip(weights_of(whole), start, strict=True))
    for exact, rounded in zip(weights_of(whole), weights_of(half), strict=True):
        assert rounded.dtype == np.float32
        np.testing.assert_allclose(rounded, exact, atol=0.1 * learned)
    assert np.abs(half._answers() - whole._answers()).max() < 0.05
    half.keep(Folder(tmp_path / "kept"), "a.npz", certainly=True)
    again.restore(Folder(tmp_path / "kept"), "a.npz")
    for one in (half, again):
        one.epoch()
    assert again.curves == half.curves


def test_a_state_is_kept_as_soon_as_that_takes_but_a_small_share_of_the_time(training, tmp_path, monkeypatch):
    one, files = training(HEADS[0]), Folder(tmp_path / "kept")
    began, pays_s = one._kept_at, one._keeping_s / trial._KEEPING
    for share, kept in ((0.5, False), (1.5, True)):
        monkeypatch.setattr(trial, "time", SimpleNamespace(monotonic=lambda share=share: began + share * pays_s))
        one.keep(files, "a.npz")
        assert (files.read("a.npz") is not None) == kept


def test_a_state_of_another_kind_is_not_taken(training, tmp_path):
    files = Folder(tmp_path / "kept")
    training(HEADS[0]).keep(files, "a.npz", certainly=True)
    other = training(DEEP)
    other.restore(files, "a.npz")
    assert other.epochs == 0
    files.write("a.npz", b"half")
    other.restore(files, "a.npz")
    assert other.epochs == 0


def test_training_leaves_the_network_as_it_was(make_bench):
    one = make_bench()
    before = [np.array(value) for value in one._network(8).get_weights()]
    one.run(replace(DEEP, unfrozen_stages=2), silent)
    assert all(np.array_equal(a, b) for a, b in zip(before, one._network(8).get_weights(), strict=True))


def test_a_trial_whose_loss_explodes_ends_alone(make_bench):
    points = [HEADS[0], replace(HEADS[1], learning_rate=1e30)]
    fine, exploded = make_bench().run_together(points, silent)
    assert fine.reason is None
    assert len(fine.curve) == 4
    assert "no longer" in exploded.reason
    assert exploded.score is None


class Cramped:
    """A learner on a device that holds few images at a time."""

    def __init__(self, learner, most):
        self.most, self.sizes, self._learner = most, [], learner

    def __getattr__(self, name):
        return getattr(self._learner, name)

    def step(self, state, pieces, constants, rates):
        self.sizes.append(max(len(piece.real) for piece in pieces))
        if self.sizes[-1] > self.most:
            raise MemoryError
        return self._learner.step(state, pieces, constants, rates)


def test_a_batch_that_does_not_fit_is_cut_in_two_and_again_and_learns_the_same(training):
    plain = replace(DEEP, dropout=0.0)
    whole, cut = training(plain, epochs=1), training(plain, epochs=1)
    cut._stepper.learner = cramped = Cramped(cut._learner, most=5)
    whole.epoch()
    cut.epoch()
    assert cramped.sizes == [16, 8, 4, 4, 4, 4]  # four batches an epoch; what fitted once is kept
    for ours, theirs in zip(weights_of(cut), weights_of(whole), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_many_steps_at_once_that_do_not_fit_are_taken_one_by_one(training):
    plain = replace(DEEP, dropout=0.0)
    whole, cut = training(plain), training(plain, steps_per_execution=3)
    taken = cut._stepper.learner.steps
    seen = []

    def second_does_not_fit(*given):
        seen.append(given)
        if len(seen) > 1:
            raise MemoryError
        return taken(*given)

    cut._stepper.learner.steps = second_does_not_fit
    for one in (whole, cut):
        one.epoch()  # four batches: three at once, then the last alone
        one.epoch()
    assert len(seen) == 2
    for ours, theirs in zip(weights_of(cut), weights_of(whole), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_if_not_even_one_image_fits_the_trial_fails_with_the_reason_and_is_tried_anew(make_bench, monkeypatch):
    one = make_bench()
    monkeypatch.setattr(bench, "Learner", lambda *given: Cramped(trial.Learner(*given), most=0))
    with pytest.raises(OutOfMemory, match="even for a single image"):
        one._training([DEEP], silent).epoch()
    failed = one.run(DEEP, silent)
    assert "even for a single image" in failed.reason
    monkeypatch.undo()
    assert make_bench().run(DEEP, silent).score is not None


def test_another_error_is_not_taken_for_a_full_memory(training):
    broken = training(DEEP)
    broken._stepper.learner = Cramped(broken._learner, most=99)
    broken._stepper.learner.step = lambda *_: (_ for _ in ()).throw(KeyError("bug"))
    with pytest.raises(KeyError):
        broken.epoch()
