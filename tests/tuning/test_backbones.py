import subprocess
import sys
from typing import get_args

import pytest

from components.config import BackboneName
from tuning import backbones


def test_the_configuration_offers_exactly_these_backbones():
    assert set(get_args(BackboneName)) == set(backbones.NAMES)


def test_looking_up_a_backbone_imports_no_keras():
    script = (
        "import sys, tuning.backbones, tuning.weights; sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_unknown_backbone_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no backbone 'vgg19'; known are vgg16, xception"):
        backbones.get("vgg19")


def test_an_image_below_the_least_side_is_refused():
    backbones.get("xception").check_side(71)
    with pytest.raises(ValueError, match="at least 71 pixels a side, got 70"):
        backbones.get("xception").check_side(70)


@pytest.mark.parametrize("depth", [-1, 6])
def test_a_depth_outside_the_stages_is_refused(depth):
    backbones.get("vgg16").check_depth(5)
    with pytest.raises(ValueError, match=rf"must lie in 0\.\.5, got {depth}"):
        backbones.get("vgg16").check_depth(depth)
