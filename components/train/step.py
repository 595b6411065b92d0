"""Fit the selected backbone on the images of the whole training split, and export it."""

from __future__ import annotations

from typing import Any

from components import config, published, registry, runs, starting_weights, storage
from components.artifacts import RegisteredModel, SearchResult, Selection, Snapshot, TrainedHead, TrainedModel
from components.config import SearchConfig, TrainConfig
from components.config.feature_cache import FeatureCacheConfig
from components.errors import InputError
from tuning import batches


def run(
    snapshot_path: str, selection_path: str, data_root: str, train: dict[str, Any], search: dict[str, Any], seed: int,
    model_path: str,
) -> None:  # fmt: skip
    """Write the trained model's pointer to model_path; a model that was trained before is found, a cut one goes on.

    search: the section by which the search was made; it says what of its features may be read, and how many steps a
    head needs.
    Raises UnavailableError if the weights that the search started from are not here, InputError if that head is not,
    if the loss stops being a number or memory does not suffice for a single image.
    """
    with runs.step("train", data_root) as record:
        snapshot, chosen = Snapshot.read(snapshot_path), Selection.read(selection_path).best
        settings, root = config.parse(TrainConfig, train, "train"), storage.absolute(data_root)
        searched = config.parse(SearchConfig, search, "search")
        former = _former(root, chosen, settings)
        head, passes = _start(snapshot, chosen, settings, searched.head_steps, former)
        model_id = _key(snapshot, chosen, settings, searched.features, former, head, passes, seed)
        place = storage.join(root, "train", model_id)
        uri = storage.join(place, "model.json")

        def make() -> TrainedModel:
            return _train(record, snapshot, chosen, settings, searched, former, head, passes, int(seed), root, place)

        trained, record.reused = published.once(TrainedModel, uri, make)
        # Also if it was found: a kill after publishing may have left them.
        storage.remove_folder(storage.join(place, "state"))
        published.remove_others(storage.join(place, "models"), [trained.uri])
        trained.write(model_path)
        record.facts(model_id=trained.model_id, model_uri=trained.uri, epochs=len(trained.history))


def _former(root: str, chosen: SearchResult, settings: TrainConfig) -> RegisteredModel | None:
    """The champion, if training is to go on from it and the selected network is of its kind."""
    champion = registry.champion(root) if settings.warm_start == "champion" else None
    side_px = chosen.best.hyperparameters.image_side_px or chosen.image_side_px
    if champion is None or (champion.backbone, champion.image_side_px) != (chosen.backbone, side_px):
        return None
    return champion


def _start(
    snapshot: Snapshot, chosen: SearchResult, settings: TrainConfig, head_steps: int, former: RegisteredModel | None
) -> tuple[TrainedHead | None, int]:
    """The search's trained head to begin with, and passes over the images in an epoch: by the rules of the search.

    With too few steps for a head, one alone takes more of them, and unfrozen stages begin below a trained one, unless
    they go on from the champion's.
    """
    steps = settings.epochs * batches.steps(sum(snapshot.counts["train"].values()), settings.batch_size)
    if not chosen.best.hyperparameters.unfrozen_stages:
        return None, batches.passes(head_steps, steps)
    return (chosen.head if steps < head_steps and former is None else None), 1


def _key(
    snapshot: Snapshot, chosen: SearchResult, settings: TrainConfig, features: FeatureCacheConfig,
    former: RegisteredModel | None, head: TrainedHead | None, passes: int, seed: int,
) -> str:  # fmt: skip
    return published.key(
        step="train", snapshot=snapshot.snapshot_id, backbone=chosen.backbone, weights=chosen.weights.digest,
        side_px=chosen.image_side_px, objective=chosen.objective,
        train=settings.model_dump(mode="json", exclude={"warm_start", "checkpoint_s"}),
        former=former.model_id if former else "", head=head.digest if head else "",
        passes=passes,
        # Rounded features may order two epochs that are as good as equal differently.
        validation=features.dtype if features.after_search else "images",
        hyperparameters=chosen.best.hyperparameters.model_dump(mode="json"), seed=int(seed),
    )  # fmt: skip


def _train(
    record: runs.Recorder, snapshot: Snapshot, chosen: SearchResult, settings: TrainConfig, searched: SearchConfig,
    former: RegisteredModel | None, head: TrainedHead | None, passes: int, seed: int, root: str, place: str,
) -> TrainedModel:  # fmt: skip
    # Here, so that a model that was trained before costs no import of TensorFlow.
    from components.train.task import Task
    from components.train.training import train

    with starting_weights.find(chosen.backbone, chosen.weights.spec) as weights:
        starting_weights.check_same(weights, chosen.weights)
        try:
            task = Task(snapshot, chosen, settings, searched, weights, former, seed, root, place, head, passes)
            return train(task, record)
        except (FloatingPointError, MemoryError) as error:
            raise InputError(str(error)) from error
