import numpy as np
import pytest

from tuning.array_epochs import ArrayEpochs


def epochs(count=10, batch_size=4, **options):
    """Images that are their own number, a third of them of class 1."""
    labels = (np.arange(count) % 3 == 1).astype(int)
    images = np.arange(count, dtype="uint8").reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 3), "uint8")
    return ArrayEpochs(images, labels, np.bincount(labels, minlength=2).tolist(), batch_size, 5, **options)


def numbers(batches):
    return [batch[0][:, 0, 0, 0].tolist() for batch in batches]


def test_an_epoch_shows_every_image_once_with_its_label_and_its_class_weight():
    seen = list(epochs().batches(0))
    assert [len(images) for images, _, _ in seen] == [4, 4, 2]
    assert sorted(number for batch in numbers(seen) for number in batch) == list(range(10))
    for images, truth, weights in seen:
        for number, label, weight in zip(images[:, 0, 0, 0], truth, weights, strict=True):
            assert label.tolist() == [float(number % 3 != 1), float(number % 3 == 1)]
            assert weight == pytest.approx(10 / (2 * 3) if number % 3 == 1 else 10 / (2 * 7))


def test_epochs_differ_and_come_again_the_same():
    made = epochs()
    assert numbers(made.batches(0)) == numbers(made.batches(0))
    assert numbers(made.batches(0)) != numbers(made.batches(1))


def test_what_is_done_is_passed_over():
    made = epochs()
    assert len(made.batches(0, done=1)) == 2
    assert numbers(made.batches(0, done=1)) == numbers(made.batches(0))[1:]
    assert len(made.batches(0, done=3)) == 0


@pytest.mark.parametrize("mixup", [0.0, 0.4])
def test_pieces_of_a_batch_are_the_batch(mixup):
    made = epochs(count=8, mixup=mixup)
    whole, pieces = list(made.batches(0)), list(made.batches(0, parts=2))
    assert [len(piece[0]) for piece in pieces] == [2, 2, 2, 2]
    for part in range(3):
        joined = np.concatenate([piece[part] for piece in pieces])
        np.testing.assert_array_equal(joined, np.concatenate([batch[part] for batch in whole]))


def test_mixup_blends_a_batch_with_itself_in_reverse_images_and_labels_alike():
    plain, mixed = (list(epochs(count=8, mixup=alpha).batches(0)) for alpha in (0.0, 0.4))
    for (images, truth, _), (blend, labels, _) in zip(plain, mixed, strict=True):
        share = (labels[0] - truth[-1])[0] / (truth[0] - truth[-1])[0] if (truth[0] != truth[-1]).any() else None
        if share is not None:
            np.testing.assert_allclose(blend, share * images + (1 - share) * images[::-1].astype(float), atol=1e-4)
    assert any((batch[0] != other[0]).any() for batch, other in zip(plain, mixed, strict=True))


def test_sampling_draws_rare_classes_as_often_as_frequent_ones():
    made = epochs(count=900, batch_size=100, balancing="sampling")
    truth = np.concatenate([batch[1] for batch in made.batches(0)])
    assert len(truth) == 900
    assert truth[:, 1].mean() == pytest.approx(0.5, abs=0.05)
    assert {float(weight) for batch in made.batches(0) for weight in batch[2]} == {1.0}
