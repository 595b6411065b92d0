"""Where a backbone's starting weights come from. Imports Keras only to build the network.

The store is a folder: `<backbone>.json` names a file beside it, its SHA-256 and its provenance. The file holds the
weights of the application model without its classifier, as Keras's `save_weights` writes them.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tuning.backbones import Backbone

if TYPE_CHECKING:
    import keras

STORE = "BRANDLENS_WEIGHTS"
Source = Literal["path", "store", "imagenet", "none"]


class WeightsUnavailableError(Exception):
    """The weights cannot be had, or are not what their record says; the text names what to do."""


@dataclass(frozen=True)
class WeightsSource:
    """Weights that were found, not yet loaded."""

    backbone: str
    source: Source
    path: Path | None
    digest: str  # SHA-256 of the file, or a name that stands for it ("keras-3.15.1", "none")
    provenance: str  # one line for a person


def store_folder() -> Path:
    """$BRANDLENS_WEIGHTS, or brandlens/weights in the user's cache."""
    if named := os.environ.get(STORE):
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "brandlens" / "weights"


def resolve(backbone: Backbone, spec: str, store: Path | None = None) -> WeightsSource:
    """Find the weights that spec asks for, without loading them.

    spec: "imagenet" (the store's if it has some, otherwise Keras's own download), "none" (random), or a file.
    Raises WeightsUnavailableError if the file is not there or a stored one was changed.
    """
    if spec == "none":
        return WeightsSource(backbone.name, "none", None, "none", "random numbers, nothing pretrained")
    if spec != "imagenet":
        path = Path(spec).expanduser()
        if not path.is_file():
            raise WeightsUnavailableError(f"The weights of {backbone.name} are not at {spec}. {_remedies(backbone)}")
        return WeightsSource(backbone.name, "path", path, _sha256(path), f"the file {path.name}")
    stored = _stored(backbone, store or store_folder())
    keras_version = f"keras-{version('keras')}"
    return stored or WeightsSource(
        backbone.name, "imagenet", None, keras_version, f"ImageNet, as downloaded by {keras_version}"
    )


def load(backbone: Backbone, found: WeightsSource, side_px: int, seed: int) -> keras.Model:
    """Build the network without its classifier for images (side_px, side_px, 3), and give it its weights.

    seed: of random weights. Raises WeightsUnavailableError if Keras cannot download, or if a file does not fit.
    """
    if found.source == "imagenet":
        return _download(backbone, side_px)
    network = build(backbone, side_px)
    if found.path is None:
        _randomize(network, seed, spread=64.0 if backbone.preprocessing == "caffe" else 1.0)
        return network
    try:
        with warnings.catch_warnings():
            # Of layers that a file lacks Keras only warns, and leaves them with random numbers.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(found.path)
    except (UserWarning, ValueError, OSError, KeyError) as error:
        raise WeightsUnavailableError(
            f"{found.path} does not hold weights of {backbone.name} without its classifier: {error} "
            f"{_remedies(backbone)}"
        ) from error
    return network


def build(backbone: Backbone, side_px: int, weights: str | None = None) -> keras.Model:
    """The network without its classifier, for images (side_px, side_px, 3). Raises ValueError if too small."""
    backbone.check_side(side_px)
    module, _, constructor = backbone.application.partition(":")
    application = getattr(import_module(module), constructor)
    return application(include_top=False, weights=weights, input_shape=(side_px, side_px, 3))


def _download(backbone: Backbone, side_px: int) -> keras.Model:
    backbone.check_side(side_px)
    # At the side that the weights were published for, on which they do not depend: some constructors warn at others.
    try:
        published = build(backbone, backbone.default_side_px, weights="imagenet")
    except Exception as error:  # Keras raises bare Exception when a download fails
        raise WeightsUnavailableError(
            f"The ImageNet weights of {backbone.name} could not be downloaded by Keras ({error}). {_remedies(backbone)}"
        ) from error
    if side_px == backbone.default_side_px:
        return published
    network = build(backbone, side_px)
    network.set_weights(published.get_weights())
    return network


def _stored(backbone: Backbone, store: Path) -> WeightsSource | None:
    record = store / f"{backbone.name}.json"
    if not record.is_file():
        return None
    try:
        values = json.loads(record.read_text(encoding="utf-8"))
        path, expected, provenance = store / values["file"], values["sha256"], values["provenance"]
        digest = _sha256(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsUnavailableError(
            f"The record {record} cannot be used ({type(error).__name__}: {error}). {_remedies(backbone)}"
        ) from error
    if digest != expected:
        raise WeightsUnavailableError(
            f"{path} was changed: its SHA-256 is {digest[:12]}..., {record.name} says {expected[:12]}.... "
            f"Delete both and run `brandlens weights` again."
        )
    return WeightsSource(backbone.name, "store", path, digest, provenance)


def _remedies(backbone: Backbone) -> str:
    return (
        "Run `brandlens weights` to fill the local store, or name a weights file in search.weights "
        f"({backbone.name}: /path/to/file.weights.h5), or set weights: none to start from random numbers."
    )


def _sha256(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            total.update(chunk)
    return total.hexdigest()


def _randomize(network: keras.Model, seed: int, spread: float) -> None:
    """Overwrite every kernel with He-normal numbers: the constructors' own initialisers take no seed.

    spread: deviation of the scaled pixels, which the first kernel brings down to 1.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        if len(variable.shape) < 2:
            continue
        # A depthwise kernel (height, width, channels, 1) sees one channel at a time.
        seen = variable.shape[:2] if variable.shape[-1] == 1 else variable.shape[:-1]
        variable.assign(generator.normal(0.0, np.sqrt(2 / np.prod(seen)) / spread, variable.shape))
        spread = 1.0
