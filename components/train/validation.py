"""The validation images as stored features: every epoch would compute the frozen stages' to the same numbers.

Only validation reads them. The training itself starts from the images, even where nothing changes them: features are
stored rounded to float16, and what is served must not have learned from rounded numbers that it never sees again.
"""

from __future__ import annotations

from components import feature_source, runs
from components.errors import StorageError
from components.train.network import Network
from components.train.task import Task
from tuning.features import Features
from tuning.store import address
from tuning.store.planning import Demand


def features(task: Task, network: Network, record: runs.Recorder) -> Features | None:
    """Features of the validation images at the model's cut, one view; None if the images themselves are to be read.

    What the search stored is found; what is missing is computed if that pays in so many epochs. The record says which.
    """
    why = _why_not(task, network)
    if not why:
        try:
            found, why = _found(task, record)
        except (StorageError, OSError) as error:  # a full disk is no reason not to train: the images are there
            why = f"the feature cache cannot be used: {error}"
        if not why:
            return found
    print(f"Validation reads the images: {why}.", flush=True)
    record.facts(validation_reads="images", validation_reads_why=why)
    return None


def _why_not(task: Task, network: Network) -> str:
    if not task.search.features.after_search:
        return "search.features.after_search is off"
    if task.point.unfrozen_stages >= len(task.backbone.stages):
        return "nothing of the network is frozen"
    if not network.starts_frozen:
        return "the frozen stages are the champion's, which have learned, not the starting weights"
    if not sum(task.snapshot.counts.get("validation", {}).values()):
        return "there are none"
    return ""


def _found(task: Task, record: runs.Recorder) -> tuple[Features, str]:
    """The features, and why they are not to be used."""
    depth, side_px = task.point.unfrozen_stages, task.point.image_side_px
    # The search's other depths are named, though nobody asks for them: costs that it measured are then found.
    passes = {**dict.fromkeys(task.searched_depths, 0.0), depth: float(task.settings.epochs)}
    source = feature_source.open_source(
        task.snapshot, task.data_root, task.backbone, task.weights, Demand(passes), task.search.features, task.seed,
        splits=("validation",),
        on_images=lambda done, total: record.progress(done=done, total=total, unit="images", text="features"),
    )  # fmt: skip
    found = source.features("validation", depth, side_px)
    cut = address.cut_name(task.backbone, depth)
    if not source.report.plans[side_px].source_of(cut):
        return found, f"storing features at {cut} would cost more than it saves"
    record.facts(validation_reads=f"stored features at {cut}", features=source.report.facts())
    return found, ""
