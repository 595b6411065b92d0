"""What a run measured, as charts."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from components.artifacts import Epoch, ModelScore
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
            x=alt.X("epoch:Q", title="epoch", axis=svg.whole(shown), scale=svg.around(epochs)),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(format=number, tickCount=5)),
            color=svg.series("series", list(series)),
        )
    )
    return svg.render(chart, width=360, height=220)
