from dataclasses import replace

import pytest

from tuning.backbones import NAMES, get
from tuning.store import address
from tuning.store.address import Series

ORIGIN = address.origin(get("vgg16"), "ab" * 32)


@pytest.mark.parametrize("name", NAMES)
def test_every_depth_has_a_cut_of_its_own_and_the_cut_tells_the_depth(name):
    backbone = get(name)
    depths = range(len(backbone.stages) + 1)
    names = [address.cut_name(backbone, depth) for depth in depths]
    assert len(set(names)) == len(names)
    assert [address.depth_of(backbone, cut) for cut in names] == list(depths)
    assert (names[0], names[-1]) == ("pooled", "pixels")


@pytest.mark.parametrize(
    "other",
    [
        address.origin(get("vgg16"), "cd" * 32),
        address.origin(get("vgg16"), "ab" * 32, "mixed_bfloat16"),
        address.origin(replace(get("vgg16"), preprocessing="none"), "ab" * 32),
        address.origin(replace(get("vgg16"), stages=get("vgg16").stages[1:]), "ab" * 32),
    ],
)
def test_other_weights_precision_or_code_are_another_origin(other):
    assert other != ORIGIN
    assert address.origin(get("vgg16"), "ab" * 32) == ORIGIN


def test_a_name_says_what_decides_the_numbers():
    series = Series("vgg16-abab-12345678", 96, "block4", "float16", "view-0")
    assert series.file("incr/train-00003", 2) == (
        "vgg16-abab-12345678/96px/block4/float16/view-0/incr/train-00003-00002.features"
    )
