import io
import json

import numpy as np
import pytest
from PIL import Image

from tuning import backbones, model
from tuning.store import costs, cuts, eviction, side
from tuning.store.files import MappedFolder
from tuning.store.images import ChosenImages
from tuning.store.views import View, apply


@pytest.fixture
def reference(frozen_network):
    """(depth, images) -> what a trial would compute from pixels."""

    def compute(depth, images):
        parts = model.split(frozen_network, backbones.get("vgg16"), depth)
        return parts.features.predict(images.astype("float32"), verbose=0)

    return compute


def never(*_args):
    raise AssertionError("everything is known: nothing is loaded or measured")


def images_of(blocks):
    return np.concatenate([chosen.block.images for chosen in blocks])


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_features_are_what_a_trial_would_compute_from_the_pixels(make_source, reference, splits, depth):
    found = make_source().at(depth, 32)
    for split, blocks in splits.items():
        (rows,) = found[split].activations
        close(rows[np.arange(len(rows))], reference(depth, images_of(blocks)))
        assert found[split].labels.tolist() == [label for chosen in blocks for label in chosen.labels.values()]


def test_rows_come_in_the_order_that_is_asked_for_from_whichever_block(make_source, reference, splits):
    (rows,) = make_source().at(1, 32)["training"].activations
    order = [45, 3, 48, 3, 0]
    close(rows[np.array(order)], reference(1, images_of(splits["training"])[order]))
    assert rows.shape == (49, 2, 2, 512)


def test_one_pass_over_the_images_fills_all_cuts_and_the_next_source_computes_nothing(make_source):
    first = make_source()
    for depth in (2, 0, 1):
        first.at(depth, 32)
    assert first.report.tally.computed_images == 61
    second = make_source(network=never)
    found, expected = (source.at(1, 32)["training"].activations[0][:] for source in (second, first))
    np.testing.assert_array_equal(found, expected)
    assert second.report.tally.computed_images == 0
    assert second.report.tally.found_images == 61


def test_of_new_images_alone_features_are_computed(make_source, splits, make_block):
    make_source().at(0, 32)
    grown = {**splits, "training": [*splits["training"], make_block("b/train-00000", 3, 4)]}
    second = make_source(splits=grown)
    assert len(second.at(0, 32)["training"].labels) == 52
    # 3 new ones on 61: 5 % new images cost 5 % of the first pass.
    assert second.report.tally.computed_images == 3


def test_images_that_are_not_learned_from_any_more_are_passed_over(make_source, reference, splits):
    whole = make_source().at(0, 32)["training"].activations[0][:]
    first, second = splits["training"]
    for gone in ("a/train-00000/0", "a/train-00000/7"):
        del first.labels[gone]
    del second.labels["a/train-00001/8"]
    left = make_source(network=never).at(0, 32)["training"]
    np.testing.assert_array_equal(left.activations[0][:], np.delete(whole, [0, 7, 48], axis=0))
    assert len(left.labels) == 46


def test_a_block_without_an_image_that_the_manifest_names_is_refused(make_source, reference, splits):
    splits["training"][0].labels["elsewhere"] = 0
    with pytest.raises(ValueError, match="a/train-00000 lacks 1 of the 41 images"):
        make_source().at(0, 32)


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "removed"])
def test_a_damaged_file_is_noticed_said_and_computed_again(make_source, tmp_path, damage):
    before = make_source().at(1, 32)["training"].activations[0][:]
    (victim,) = (tmp_path / "cache").rglob("*/block4/*/view-0/a/train-00001-00000.features")
    content = victim.read_bytes()
    if damage == "removed":
        victim.unlink()
    else:
        victim.write_bytes({"cut": content[:-9], "changed": content[:-9] + b"x" + content[-8:], "emptied": b""}[damage])
    again = make_source()
    np.testing.assert_allclose(again.at(1, 32)["training"].activations[0][:], before, rtol=1e-5, atol=1e-5)
    assert again.report.tally.computed_images == 9
    assert any("is made again" in text for text in again.said) == (damage != "removed")
    assert victim.stat().st_size == len(content)


def test_changed_views_follow_the_unchanged_one_and_are_stored_too(make_source, reference, splits):
    found = make_source(views=3, strengths=("none", "light")).at(1, 32, "light")
    plain, first, second = (rows[:] for rows in found["training"].activations)
    assert len(found["validation"].activations) == 1
    close(plain, reference(1, images_of(splits["training"])))
    names = [name for chosen in splits["training"] for name in chosen.labels]
    close(first, reference(1, np.asarray(apply(View(1, "light"), names, images_of(splits["training"])))))
    assert np.abs(first - second).mean() > 0.01
    again = make_source(views=3, strengths=("none", "light"), network=never).at(1, 32, "light")
    np.testing.assert_array_equal(again["training"].activations[2][:], second)


class PngBlock:
    """A block whose images are files, which takes longer to read than a stored array."""

    def __init__(self, block):
        self.key, self.ids, self.images = block.key, block.ids, block.images
        self.files = [io.BytesIO() for _ in block.images]
        for file, image in zip(self.files, block.images, strict=True):
            Image.fromarray(image).save(file, "png")

    def read(self, rows, side_px):
        return np.stack([np.array(Image.open(self.files[row])) for row in rows])


@pytest.mark.parametrize("strength", ["none", "light"])
@pytest.mark.parametrize(("budget_bytes", "kept"), [(0, ()), (61 * 3072, ("images",)), (61 * 8192, ("block4",))])
def test_what_does_not_fit_is_computed_from_what_does_with_the_same_answer(
    make_source, reference, splits, budget_bytes, kept, strength
):
    encoded = {
        split: [ChosenImages(PngBlock(chosen.block), chosen.labels) for chosen in blocks]
        for split, blocks in splits.items()
    }
    source = make_source(splits=encoded, settings={"budget_bytes": budget_bytes}, depths=(1,), passes=1e4)
    found = source.at(1, 32, strength)
    assert source.report.plans[32].kept == kept
    (rows,) = found["validation"].activations
    close(rows[np.array([5, 2])], reference(1, images_of(splits["validation"])[[5, 2]]))


def test_a_cut_above_the_kept_one_is_computed_from_it(make_source, reference, splits):
    source = make_source(settings={"budget_bytes": 61 * 4096}, depths=(0, 1), passes=1e4)
    (rows,) = source.at(1, 32)["validation"].activations
    close(rows[:], reference(1, images_of(splits["validation"])))
    assert source.report.plans[32].kept == ("pooled",)


def test_the_depth_that_learns_everything_starts_from_scaled_pixels(make_source, reference, splits):
    (rows,) = make_source(depths=(5,)).at(5, 32)["training"].activations
    assert rows.shape == (49, 32, 32, 3)
    close(rows[:], reference(5, images_of(splits["training"])))


def test_a_depth_that_was_not_announced_is_had_all_the_same(make_source, reference, splits):
    source = make_source(depths=(0,))
    source.at(0, 32)
    close(source.at(2, 32)["validation"].activations[0][:], reference(2, images_of(splits["validation"])))


def test_half_precision_takes_half_the_room_and_is_close(make_source, tmp_path):
    whole = make_source(folder="whole").at(1, 32)["training"].activations[0]
    half = make_source(folder="half", settings={"dtype": "float16"}).at(1, 32)["training"].activations[0]
    assert (whole.dtype, half.dtype) == (np.float32, np.float16)
    np.testing.assert_allclose(half[:], whole[:], rtol=1e-3, atol=1e-3)


def test_an_empty_split_is_refused(make_source, reference, splits):
    with pytest.raises(ValueError, match="the validation split is empty"):
        make_source(splits={**splits, "validation": []}).at(0, 32)


def test_the_costs_that_a_search_decided_by_are_kept_for_the_next_one(make_source, monkeypatch):
    first = make_source()
    first.at(0, 32)
    monkeypatch.setattr(costs, "measure", never)
    second = make_source()
    second.at(0, 32)
    assert [verdict.read_s for verdict in second.report.plans[32].verdicts] == [
        verdict.read_s for verdict in first.report.plans[32].verdicts
    ]
    assert second.said[0].startswith("features of vgg16 at 32 pixels:")
    assert json.dumps(second.report.facts())


def test_the_disk_that_is_measured_is_the_one_on_which_features_lie(make_source, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(costs, "disk_speeds", lambda folder: asked.append((folder, folder.is_dir())) or (1e9, 1e9))
    make_source().at(0, 32)
    assert asked == [(tmp_path / "cache", True)]


def test_the_pieces_whose_costs_were_measured_fill_what_is_kept_though_they_go_through_more(make_source, monkeypatch):
    built = []
    monkeypatch.setattr(side, "Chain", lambda *given: built.append(given[2:]) or cuts.Chain(*given))
    source = make_source(settings={"budget_bytes": 61 * 4096})
    source.at(0, 32)
    assert source.report.plans[32].kept == ("pooled",)
    assert built == [("images", ("block3", "block4", "pooled"))]


def test_what_was_not_used_for_long_makes_room(make_source, tmp_path):
    files = MappedFolder(tmp_path / "cache")
    old, young = (f"other/32px/{cut}/float16/view-0" for cut in ("old", "young"))
    for folder, used_s in ((old, 1.0), (young, None)):
        files.write(f"{folder}/a/train-00000-00000.features", b"x" * 1000)
        eviction.stamp(files, folder, used_s)
    # Room for this search's features beside what another one uses now, but not beside what nobody uses.
    source = make_source(depths=(1,), passes=1e9, settings={"budget_bytes": 61 * 8192 + 1500})
    source.at(1, 32)
    assert source.report.plans[32].kept == ("block4",)
    assert source.report.evicted == [old]
    assert files.names(f"{young}/a/")
    assert not files.names(f"{old}/a/")


def test_searches_at_the_same_time_share_the_budget(make_source):
    settings = {"budget_bytes": 2 * 61 * 8192}
    kept = {}
    for sharers in (2, 3):
        source = make_source(depths=(1,), passes=1e9, settings={**settings, "sharers": sharers})
        source.at(1, 32)
        kept[sharers] = "block4" in source.report.plans[32].kept
    assert kept == {2: True, 3: False}
