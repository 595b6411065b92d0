"""evaluate: challenger and champion on the same frozen test split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components import config, published, registry, runs, storage
from components.artifacts import Evaluation, ModelScore, RegisteredModel, Snapshot, TrainedModel
from components.config import SearchConfig
from components.config.feature_cache import FeatureCacheConfig
from components.errors import BrandlensError, InputError

SPLIT = "test"


def run(
    snapshot_path: str, model_path: str, data_root: str, search: dict[str, Any], seed: int, evaluation_path: str
) -> Evaluation:
    """Measure both models, publish the evaluation and write it to evaluation_path.

    search: the section by which the search was made; it says what of its features may be read.
    Raises InputError if the test split is empty, BrandlensError if the model belongs to another snapshot.
    """
    with runs.step("evaluate", data_root) as record:
        snapshot, challenger = Snapshot.read(snapshot_path), TrainedModel.read(model_path)
        _check(snapshot, challenger)
        champion = registry.champion(data_root)
        features = config.parse(SearchConfig, search, "search").features
        key = published.key(
            snapshot=snapshot.snapshot_id,
            challenger=challenger.model_id,
            champion=champion.model_id if champion else None,
            features=_reads(features),
            seed=int(seed),
        )
        folder = storage.join(data_root, "evaluate", key)
        uri = storage.join(folder, "evaluation.json")

        def make() -> Evaluation:
            return _evaluate(snapshot, challenger, champion, data_root, features, folder, int(seed), record)

        evaluation, record.reused = published.once(Evaluation, uri, make)
        evaluation.write(evaluation_path)
        record.facts(**_facts(evaluation))
        return evaluation


def _evaluate(
    snapshot: Snapshot, challenger: TrainedModel, champion: RegisteredModel | None, data_root: str,
    features: FeatureCacheConfig, folder: str, seed: int, record: runs.Recorder,
) -> Evaluation:  # fmt: skip
    from components import predictions
    from components.evaluate import examples, metrics

    def judged(model: TrainedModel | RegisteredModel, role: str) -> tuple[ModelScore, predictions.Predictions]:
        uri = _answered(snapshot, model, data_root, features, lambda done, total: _tell(record, done, total, role))
        given = predictions.read(uri, snapshot.labels)
        return metrics.measure(given, model.model_id, uri, seed), given

    score, given = judged(challenger, "challenger")
    examples_uri = storage.join(folder, "examples.json")
    published.publish(examples.choose(given), examples_uri)
    note = _why_not_compared(snapshot, champion)
    champion_score = None
    if champion is not None and not note:
        champion_score = judged(champion, "champion")[0]
    return Evaluation(
        snapshot_id=snapshot.snapshot_id,
        labels=snapshot.labels,
        challenger=score,
        champion=champion_score,
        champion_note=note,
        champion_id=champion.model_id if champion else None,
        champion_version=champion.version if champion else None,
        majority_accuracy=metrics.majority_accuracy(given.labels),
        examples_uri=examples_uri,
    )


def _answered(
    snapshot: Snapshot, model: TrainedModel | RegisteredModel, data_root: str, features: FeatureCacheConfig,
    tell: Callable[[int, int], None],
) -> str:  # fmt: skip
    """The uri of a model's answers on the test split. A model answers a snapshot once, challenger or champion."""
    key = published.key(snapshot=snapshot.snapshot_id, model=model.model_id, split=SPLIT, features=_reads(features))
    uri = storage.join(data_root, "predictions", f"{key}.parquet")
    if not storage.exists(uri):
        from components import predictions
        from components.evaluate.asked import Asked
        from components.evaluate.predict import predict

        asked = Asked(snapshot, model, SPLIT, data_root, features)
        predictions.write(predict(asked, lambda done: tell(done, asked.images)), uri)
    return uri


def _reads(features: FeatureCacheConfig) -> str:
    """What decides answers beside images and model: in which numbers features are stored, if they are read."""
    return features.dtype if features.after_search else ""


def _tell(record: runs.Recorder, done: int, total: int, role: str) -> None:
    record.progress(done=done, total=total, unit="images", text=role)


def _check(snapshot: Snapshot, challenger: TrainedModel) -> None:
    if challenger.snapshot_id != snapshot.snapshot_id or challenger.labels != snapshot.labels:
        raise BrandlensError(
            f"Model {challenger.model_id} was trained on snapshot {challenger.snapshot_id}, but is to be judged on "
            f"{snapshot.snapshot_id}: another split might hold images that it has learned. Train on this snapshot."
        )
    if not sum(snapshot.counts.get(SPLIT, {}).values()):
        raise InputError(
            f"Snapshot {snapshot.snapshot_id} has no test image: nothing can be judged. Raise data.split.test."
        )


def _why_not_compared(snapshot: Snapshot, champion: RegisteredModel | None) -> str:
    """Empty if the champion can be compared with a challenger of this snapshot."""
    if champion is None:
        return "There is no champion yet."
    if set(champion.labels) == set(snapshot.labels):
        return ""
    added = sorted(set(snapshot.labels) - set(champion.labels))
    gone = sorted(set(champion.labels) - set(snapshot.labels))
    parts = [f"it does not know {', '.join(added)}"] if added else []
    parts += [f"it knows {', '.join(gone)}, which this snapshot lacks"] if gone else []
    return f"The champion (version {champion.version}) answers another question: {'; '.join(parts)}."


def _facts(evaluation: Evaluation) -> dict[str, object]:
    score = evaluation.challenger
    return {
        "balanced_accuracy": score.balanced_accuracy,
        "balanced_accuracy_interval": list(score.balanced_accuracy_interval),
        "macro_f1": score.macro_f1,
        "accuracy": score.accuracy,
        "majority_accuracy": evaluation.majority_accuracy,
        "images": score.images,
        "champion_id": evaluation.champion_id,
        "champion_balanced_accuracy": evaluation.champion.balanced_accuracy if evaluation.champion else None,
        "answered": {
            role: score.answered.model_dump()
            for role, score in (("challenger", evaluation.challenger), ("champion", evaluation.champion))
            if score is not None and score.answered is not None
        },
    }
