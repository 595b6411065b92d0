"""The features of a snapshot's images below a backbone's unfrozen stages, for search, training and evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from components import blocks, feature_files
from components.artifacts import Snapshot
from components.config.feature_cache import FeatureCacheConfig
from tuning.backbones import Backbone
from tuning.store.planning import Demand
from tuning.weights import WeightsSource

if TYPE_CHECKING:
    import keras

    from tuning.store.source import StoredSource

SPLITS = {"training": "train", "validation": "validation", "test": "test"}


def weights_name(weights: WeightsSource, seed: int) -> str:
    """What the cache calls starting weights: their digest; random ones also by the seed that draws them."""
    return f"none-seed{seed}" if weights.source == "none" else weights.digest


def open_source(
    snapshot: Snapshot, data_root: str, backbone: Backbone, weights: WeightsSource, demand: Demand,
    settings: FeatureCacheConfig, seed: int, network: Callable[[int], keras.Model] | None = None, sharers: int = 1,
    splits: Sequence[str] = ("training", "validation"), say: Callable[[str], None] = print,
    on_images: Callable[[int, int], None] = lambda _done, _total: None,
) -> StoredSource:  # fmt: skip
    """A tuning.features.FeatureSource over the cache below the data root.

    demand: what will be asked for; its views are set from the settings. seed: of random weights. network: gives the
    backbone with its starting weights for a side; loaded from weights if it is None. sharers: searches that run at the
    same time and share the budget. say: hears what was decided. on_images: hears how many images of how many are done.
    Raises StorageError.
    """
    from tuning import weights as weights_files

    return open_named(
        snapshot, data_root, backbone, weights_name(weights, seed),
        network or (lambda side_px: weights_files.load(backbone, weights, side_px, seed)), demand, settings, sharers,
        splits, say, on_images,
    )  # fmt: skip


def open_named(
    snapshot: Snapshot, data_root: str, backbone: Backbone, weights: str, network: Callable[[int], keras.Model],
    demand: Demand, settings: FeatureCacheConfig, sharers: int = 1,
    splits: Sequence[str] = ("training", "validation"), say: Callable[[str], None] = print,
    on_images: Callable[[int, int], None] = lambda _done, _total: None,
) -> StoredSource:  # fmt: skip
    """The same without the weights at hand. weights: weights_name of those that the frozen stages of `network` have.

    At every depth of the demand the stages below must be frozen: what is computed goes into the cache for all.
    """
    from dataclasses import replace

    import keras

    from tuning.store import address
    from tuning.store.source import StoredSource, StoreSettings

    files, budget_bytes = feature_files.open_files(data_root, settings.budget_gb)
    return StoredSource(
        backbone,
        network,
        address.origin(backbone, weights, keras.config.dtype_policy().name),
        {name: blocks.chosen(snapshot, SPLITS[name]) for name in splits},
        files,
        replace(demand, views=settings.views),
        StoreSettings(settings.dtype, budget_bytes, sharers, settings.refresh, max(0, len(snapshot.increments) - 1)),
        say,
        on_images,
    )
