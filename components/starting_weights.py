"""The starting weights that the configuration names, on this machine. Imports no Keras."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components import storage
from components.artifacts import WeightsInfo
from components.errors import UnavailableError
from tuning import backbones, weights
from tuning.weights import WeightsSource


@contextmanager
def find(backbone: str, spec: str) -> Iterator[WeightsSource]:
    """The weights that spec ("imagenet", "none", a path or a gs:// uri) names; a remote file is local within the block.

    Raises UnavailableError, also for weights that turn out not to load within the block; its text names the remedies.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield weights.resolve(backbones.get(backbone), _local(spec, folder))
        except weights.WeightsUnavailableError as error:
            raise UnavailableError(str(error)) from error


def info(found: WeightsSource, spec: str) -> WeightsInfo:
    """What a pointer file keeps of them."""
    return WeightsInfo(
        backbone=found.backbone, source=found.source, digest=found.digest, provenance=found.provenance, spec=spec
    )


def check_same(found: WeightsSource, searched: WeightsInfo) -> None:
    """Raise UnavailableError unless these are the weights that the search started from."""
    if found.digest != searched.digest:
        raise UnavailableError(
            f"The search of {searched.backbone} started from {searched.provenance} ({searched.digest[:12]}), but this "
            f"machine has {found.provenance} ({found.digest[:12]}). Give both machines the same weights: a file in "
            f"search.weights that both can read, or the same local store."
        )


def _local(spec: str, folder: str) -> str:
    if not storage.is_remote(spec):
        return spec
    path = Path(folder) / spec.rsplit("/", 1)[-1]  # the name tells Keras the format
    path.write_bytes(storage.read_bytes(spec))
    return str(path)
