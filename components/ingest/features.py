"""Which features of a public dataset are the image and the label."""

from __future__ import annotations

from typing import Any

from components.errors import InputError


def chosen(info: Any, image: str, label: str) -> tuple[str, str]:
    """The names of the image and the label: as asked for, else as the dataset is used for learning, else the only ones.

    info: tfds.core.DatasetInfo. image, label: "" asks for none. Raises InputError with what there is to choose from.
    """
    import tensorflow_datasets as tfds

    named = flat(info.features)
    images = [name for name, feature in named.items() if type(feature) is tfds.features.Image]
    classes = [name for name, feature in named.items() if isinstance(feature, tfds.features.ClassLabel)]
    texts = [name for name, feature in named.items() if isinstance(feature, tfds.features.Text)]
    keys = info.supervised_keys if len(info.supervised_keys or ()) == 2 else ("", "")
    return (
        _chosen(info.full_name, "image", image, images, images, keys[0]),
        _chosen(info.full_name, "label", label, classes, classes + texts, keys[1]),
    )


def _chosen(dataset: str, what: str, asked: str, likely: list[str], possible: list[str], usual: Any) -> str:
    if asked in possible or (not asked and usual in likely):
        return asked or str(usual)
    if not asked and len(likely) == 1:
        return likely[0]
    said = f"no {what} feature {asked}" if asked else f"{len(likely)} features that could be the {what}"
    offer = f"Name one: ?{what}=<feature>, of {', '.join(possible)}." if possible else "It cannot be used here."
    raise InputError(f"{dataset} has {said}. {offer}")


def flat(features: Any, prefix: str = "") -> dict[str, Any]:
    """Names as the records spell them -> features; lists, which have no single value, are passed over."""
    import tensorflow_datasets as tfds

    found: dict[str, Any] = {}
    for name, feature in features.items():
        if isinstance(feature, tfds.features.FeaturesDict):
            found.update(flat(feature, f"{prefix}{name}/"))
        elif not isinstance(feature, tfds.features.Sequence):
            found[f"{prefix}{name}"] = feature
    return found
