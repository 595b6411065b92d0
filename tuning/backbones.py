"""The backbones, and the ordered stages by which their depth is counted. Imports no Keras.

A stage is a block or a row of the paper's table, named by us. `ends_at` finds its last operation in the real graph: an
operation's own name where Keras gives a fixed one, or "Class#n", the n-th operation of that class. Names with counters
(`add_10`, `activation_17`) depend on what the process built before and are never used. The last stage ends at the
output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Preprocessing = Literal["caffe", "minus_one_to_one", "none"]
OUTPUT = "(output)"


@dataclass(frozen=True)
class Stage:
    """A slice of a backbone that ends in a single tensor."""

    name: str
    ends_at: str  # an operation's name, "Class#n", or OUTPUT


@dataclass(frozen=True)
class Backbone:
    """An ImageNet network without its classifier.

    preprocessing: what it wants in place of pixels in [0, 255]. "caffe": blue, green, red with the ImageNet mean taken
    off; "minus_one_to_one": [-1, 1]; "none": the network scales by itself. usual_rate: AdamW's, from which stages that
    are unfrozen do well. Measured on drawings and solar cells: networks that normalise by fixed statistics bear several
    times the rate that VGG does (docs/why-these-defaults.md).
    """

    name: str
    application: str  # "module:constructor", imported when the network is built
    default_side_px: int  # what its ImageNet weights were trained at
    min_side_px: int  # smaller images vanish before the last stage
    preprocessing: Preprocessing
    stages: tuple[Stage, ...]  # from the pixels to the output
    usual_rate: float = 3e-4

    @property
    def stage_names(self) -> tuple[str, ...]:
        """From the pixels to the output."""
        return tuple(stage.name for stage in self.stages)

    def check_depth(self, unfrozen_stages: int) -> None:
        """Raise ValueError, naming the range, unless 0 <= unfrozen_stages <= number of stages."""
        if not 0 <= unfrozen_stages <= len(self.stages):
            raise ValueError(
                f"{self.name} has {len(self.stages)} stages: unfrozen_stages must lie in 0..{len(self.stages)}, "
                f"got {unfrozen_stages}."
            )

    def check_side(self, side_px: int) -> None:
        """Raise ValueError unless the network has an output for images of this side."""
        if side_px < self.min_side_px:
            raise ValueError(f"{self.name} needs images of at least {self.min_side_px} pixels a side, got {side_px}.")


def _stages(**ends_at: str) -> tuple[Stage, ...]:
    return tuple(Stage(name, end) for name, end in ends_at.items())


# EfficientNet V1 is left out on purpose: Keras adds its rescaling only with weights="imagenet", so that a network built
# from a stored file would silently be another one. V2 and ConvNeXt scale by themselves whatever the weights.
_ALL = (
    Backbone(
        "vgg16", "keras.applications.vgg16:VGG16", 224, 32, "caffe",
        _stages(**{f"block{n}": f"block{n}_pool" for n in range(1, 5)}, block5=OUTPUT), usual_rate=1e-4,
    ),
    Backbone(
        "xception", "keras.applications.xception:Xception", 299, 71, "minus_one_to_one",
        _stages(stem="block1_conv2_act", **{f"block{n}": f"Add#{n - 1}" for n in range(2, 14)}, block14=OUTPUT),
    ),
    Backbone(
        "inception_v3", "keras.applications.inception_v3:InceptionV3", 299, 75, "minus_one_to_one",
        _stages(stem="MaxPooling2D#2", **{f"mixed{n}": f"mixed{n}" for n in range(10)}, mixed10=OUTPUT),
    ),
    Backbone(
        "mobilenet_v2", "keras.applications.mobilenet_v2:MobileNetV2", 224, 32, "minus_one_to_one",
        _stages(
            stem="Conv1_relu", bottleneck1="expanded_conv_project_BN", bottleneck2="block_2_add",
            bottleneck3="block_5_add", bottleneck4="block_9_add", bottleneck5="block_12_add",
            bottleneck6="block_15_add", bottleneck7="block_16_project_BN", top=OUTPUT,
        ),
    ),
    Backbone(
        "efficientnet_v2_b0", "keras.applications.efficientnet_v2:EfficientNetV2B0", 224, 32, "none",
        _stages(
            stem="stem_activation", block1="block1a_project_activation", block2="block2b_add", block3="block3b_add",
            block4="block4c_add", block5="block5e_add", block6="block6h_add", top=OUTPUT,
        ),
    ),
    Backbone(
        "resnet50_v2", "keras.applications.resnet_v2:ResNet50V2", 224, 32, "minus_one_to_one",
        _stages(
            stem="pool1_pool",
            **{f"conv{c}_block{b}": f"conv{c}_block{b}_out" for c, last in ((2, 3), (3, 4), (4, 6), (5, 2))
               for b in range(1, last + 1)},
            conv5_block3=OUTPUT,
        ),
    ),
    Backbone(
        "convnext_tiny", "keras.applications.convnext:ConvNeXtTiny", 224, 32, "none",
        _stages(stem="convnext_tiny_stem", **{f"block{n}": f"Add#{n}" for n in range(1, 18)}, block18=OUTPUT),
        usual_rate=1e-4,
    ),
)  # fmt: skip

_BY_NAME = {backbone.name: backbone for backbone in _ALL}
NAMES: tuple[str, ...] = tuple(_BY_NAME)


def get(name: str) -> Backbone:
    """The backbone of that name. Raises ValueError, naming the known ones, if there is none."""
    if name not in _BY_NAME:
        raise ValueError(f"There is no backbone {name!r}; known are {', '.join(NAMES)}.")
    return _BY_NAME[name]
