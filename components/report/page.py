"""The report as one self-contained HTML page. Pure: artifacts and pictures in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.artifacts import (
    SPLITS,
    Evaluation,
    Examples,
    Findings,
    ModelScore,
    Selection,
    Snapshot,
    SourceScore,
    TrainedModel,
    Verdict,
)
from components.containers import TAG
from components.drawing import pages
from components.report import charts, points, search_charts, searches
from components.report.bill import Bill

NO_SOURCE = "(no source)"


@dataclass(frozen=True)
class Content:
    """Everything that the page shows. thumbnails: image id -> data: URI; an image without one is named only."""

    snapshot: Snapshot
    findings: Findings
    selection: Selection
    model: TrainedModel
    evaluation: Evaluation
    verdict: Verdict
    examples: Examples
    thumbnails: Mapping[str, str]
    bill: Bill


def render(content: Content) -> str:
    """The page."""
    found, trials = content.selection.searches, searches.ranked(content.selection)
    names = points.varied(found)
    return pages.render(
        "components.report",
        "report.html.j2",
        **vars(content),
        score=content.evaluation.challenger,
        hyper=content.model.hyperparameters,
        splits=SPLITS,
        guess=1 / len(content.evaluation.labels),
        headline=_headline(content),
        charts=pages.drawn(_charts(content)),
        classes=_by_recall(content.evaluation.challenger),
        confused=_confused(content.evaluation),
        sources=_worst_first(content.evaluation.challenger.by_source),
        trials=trials,
        orders=searches.orders(trials, names),
        networks=searches.networks(found),
        backbones=searches.backbones(found),
        varied={name: points.TITLES[name] for name in names},
        fixed=points.fixed(found),
        cell=points.cell,
        stopped=any(one.trial.status == "stopped" for one in trials),
        code_version=TAG,
    )


def _worst_first(sources: Mapping[str, SourceScore]) -> list[tuple[str, SourceScore]]:
    named = [(name or NO_SOURCE, score) for name, score in sources.items()]
    return sorted(named, key=lambda item: (item[1].balanced_accuracy, item[0]))


def _headline(content: Content) -> str:
    """What the verdict means, in one sentence."""
    evaluation, version = content.evaluation, content.evaluation.champion_version
    present = f"version {version}" if version is not None else "no model"
    if content.verdict.promote and version is None:
        return "The new model becomes the first one in service, once its exported file has been verified."
    if content.verdict.promote:
        return f"The new model replaces {present} in service, once its exported file has been verified."
    if evaluation.champion_id == content.model.model_id:
        return f"Nothing changes: the model trained here is {present}, which is in service already."
    if version is None:
        return "The new model is not good enough to be put in service, and there is none in service yet."
    return f"The new model is not put in service: {present} stays."


def _charts(content: Content) -> dict[str, str]:
    evaluation = content.evaluation
    models = {"this model": evaluation.challenger}
    if evaluation.champion is not None and evaluation.champion_id != content.model.model_id:
        models[f"in service (version {evaluation.champion_version})"] = evaluation.champion
    drawn = {
        "scores": charts.scores(models, 1 / len(evaluation.labels)),
        "losses": charts.losses(content.model.history),
        "accuracies": charts.accuracies(content.model.history),
    }
    found, trials = content.selection.searches, searches.ranked(content.selection)
    if trials and trials[0].trial.score is not None:
        drawn["depths"] = search_charts.depths(found)
        drawn["parallel"] = search_charts.parallel(trials, points.varied(found), searches.backbones(found))
    return drawn


def _by_recall(score: ModelScore) -> list[str]:
    """Brands, the worst recognised first; those without test images last."""
    return sorted(score.per_class, key=lambda name: (not score.per_class[name].images, score.per_class[name].recall))


def _confused(evaluation: Evaluation, most: int = 3) -> list[tuple[str, str, int]]:
    """The most frequent confusions: label, answer, images."""
    pairs = [
        (evaluation.labels[row], evaluation.labels[column], images)
        for row, counts in enumerate(evaluation.challenger.confusion)
        for column, images in enumerate(counts)
        if row != column and images
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:most]
