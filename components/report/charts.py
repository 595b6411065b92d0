"""What a run measured, as charts."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from components.artifacts import Epoch, ModelScore, SearchResult
from components.drawing import svg
from components.drawing.svg import FAINT, PERCENT, SERIES


def scores(models: dict[str, ModelScore], guess: float) -> str:
    """Balanced accuracy and its 95 % interval of each model (title -> score), beside guessing. Returns SVG."""
    rows = [
        {
            "model": title,
            "score": score.balanced_accuracy,
            "low": score.balanced_accuracy_interval[0],
            "high": score.balanced_accuracy_interval[1],
            "text": f"{score.balanced_accuracy:.1%}",
        }
        for title, score in models.items()
    ]
    axis = alt.Scale(domain=[0, 1])
    model = alt.Y("model:N", sort=list(models), title=None, axis=alt.Axis(labelLimit=200, ticks=False, domain=False))
    colour = alt.Color("model:N", sort=list(models), scale=alt.Scale(range=SERIES), legend=None)
    base = alt.Chart(svg.data(rows)).encode(y=model, color=colour)
    x = alt.X("score:Q", scale=axis, title="balanced accuracy", axis=alt.Axis(format=PERCENT, tickCount=6))
    bars = base.mark_rule(strokeWidth=6, strokeCap="round", opacity=0.45).encode(
        x=alt.X("low:Q", scale=axis), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=130, opacity=1).encode(x=x)
    words = base.mark_text(dy=-14, fontWeight="bold").encode(x=x, text="text:N")
    chance = alt.Chart(svg.data([{"guess": guess, "text": "guessing"}])).encode(x=alt.X("guess:Q", scale=axis))
    line = chance.mark_rule(strokeDash=[4, 4], stroke=FAINT)
    word = chance.mark_text(align="left", dx=5, y=6, fill=FAINT).encode(text="text:N")
    return svg.render(line + word + bars + points + words, width=640, height=60 * len(rows))


def search(searches: Sequence[SearchResult]) -> str:
    """Score of each completed trial against depth, and the best at each depth as a line per backbone. Returns SVG."""
    rows = [
        {"backbone": result.backbone, "depth": trial.hyperparameters.unfrozen_stages, "score": trial.score}
        for result in searches
        for trial in result.trials
        if trial.score is not None
    ]
    depths = sorted({trial.hyperparameters.unfrozen_stages for result in searches for trial in result.trials})
    base = alt.Chart(svg.data(rows)).encode(
        x=alt.X("depth:Q", title="unfrozen stages", axis=_whole(depths), scale=_around(depths)),
        color=svg.series("backbone", [result.backbone for result in searches]),
    )
    score = alt.Scale(zero=False, nice=True)
    title = searches[0].objective.replace("_", " ") + " (validation)"
    y = alt.Y("score:Q", title=title, scale=score, axis=alt.Axis(format=PERCENT, tickCount=5))
    points = base.mark_point(filled=True, size=70, opacity=0.6).encode(y=y)
    best = base.mark_line(strokeWidth=2).encode(y=alt.Y("max(score):Q", title=title, scale=score))
    return svg.render(best + points, width=760, height=270)


def losses(history: Sequence[Epoch]) -> str:
    """Loss on training and validation images after each epoch. Returns SVG."""
    return _curves(history, {"train": "train_loss", "validation": "validation_loss"}, "loss", "~g")


def accuracies(history: Sequence[Epoch]) -> str:
    """Accuracy on training images and balanced accuracy on validation images after each epoch. Returns SVG."""
    series = {"train accuracy": "train_accuracy", "validation balanced accuracy": "validation_balanced_accuracy"}
    return _curves(history, series, "score", PERCENT)


def _curves(history: Sequence[Epoch], series: dict[str, str], title: str, number: str) -> str:
    rows = [
        {"epoch": epoch.epoch, "value": getattr(epoch, field), "series": name}
        for epoch in history
        for name, field in series.items()
    ]
    epochs = [epoch.epoch for epoch in history]
    shown = [epoch for epoch in epochs if epoch % max(1, len(epochs) // 8) == 0] or epochs
    chart = (
        alt.Chart(svg.data(rows))
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=_whole(shown), scale=_around(epochs)),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(format=number, tickCount=5)),
            color=svg.series("series", list(series)),
        )
    )
    return svg.render(chart, width=360, height=220)


def _around(values: Sequence[int]) -> alt.Scale:
    """A scale with a margin, also when there is one value only."""
    return alt.Scale(domain=[min(values) - 0.4, max(values) + 0.4], nice=False) if values else alt.Scale()


def _whole(values: Sequence[int]) -> alt.Axis:
    return alt.Axis(values=[float(value) for value in values], format="d")
