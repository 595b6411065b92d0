"""Charts as inline SVG: drawn by Altair, rendered here and now, so that the page needs neither script nor network.

Colours are CSS variables of the page (report.css): one drawing serves light, dark and paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from components.artifacts import Epoch, ModelScore, SearchResult

SERIES = [f"var(--series-{number})" for number in range(1, 8)]
INK, FAINT, GRID = "var(--ink)", "var(--muted)", "var(--line)"
FONT = "Arial, Liberation Sans, sans-serif"  # the renderer measures texts with these; the page may lack them
PERCENT = "%"


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
    base = alt.Chart(_data(rows)).encode(y=model, color=colour)
    x = alt.X("score:Q", scale=axis, title="balanced accuracy", axis=alt.Axis(format=PERCENT, tickCount=6))
    bars = base.mark_rule(strokeWidth=6, strokeCap="round", opacity=0.45).encode(
        x=alt.X("low:Q", scale=axis), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=130, opacity=1).encode(x=x)
    words = base.mark_text(dy=-14, fontWeight="bold").encode(x=x, text="text:N")
    chance = alt.Chart(_data([{"guess": guess, "text": "guessing"}])).encode(x=alt.X("guess:Q", scale=axis))
    line = chance.mark_rule(strokeDash=[4, 4], stroke=FAINT)
    word = chance.mark_text(align="left", dx=5, y=6, fill=FAINT).encode(text="text:N")
    return _svg(line + word + bars + points + words, width=640, height=60 * len(rows))


def search(searches: Sequence[SearchResult]) -> str:
    """Score of each completed trial against depth, and the best at each depth as a line per backbone. Returns SVG."""
    rows = [
        {"backbone": result.backbone, "depth": trial.hyperparameters.unfrozen_stages, "score": trial.score}
        for result in searches
        for trial in result.trials
        if trial.score is not None
    ]
    depths = sorted({trial.hyperparameters.unfrozen_stages for result in searches for trial in result.trials})
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("depth:Q", title="unfrozen stages", axis=_whole(depths), scale=_around(depths)),
        color=_series("backbone", [result.backbone for result in searches]),
    )
    score = alt.Scale(zero=False, nice=True)
    title = searches[0].objective.replace("_", " ") + " (validation)"
    y = alt.Y("score:Q", title=title, scale=score, axis=alt.Axis(format=PERCENT, tickCount=5))
    points = base.mark_point(filled=True, size=70, opacity=0.6).encode(y=y)
    best = base.mark_line(strokeWidth=2).encode(y=alt.Y("max(score):Q", title=title, scale=score))
    return _svg(best + points, width=760, height=270)


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
        alt.Chart(_data(rows))
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(
            x=alt.X("epoch:Q", title="epoch", axis=_whole(shown), scale=_around(epochs)),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(format=number, tickCount=5)),
            color=_series("series", list(series)),
        )
    )
    return _svg(chart, width=360, height=220)


def _data(rows: Sequence[dict[str, Any]]) -> Any:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]  # generated code of Altair without types


def _around(values: Sequence[int]) -> alt.Scale:
    """A scale with a margin, also when there is one value only."""
    return alt.Scale(domain=[min(values) - 0.4, max(values) + 0.4], nice=False) if values else alt.Scale()


def _whole(values: Sequence[int]) -> alt.Axis:
    return alt.Axis(values=[float(value) for value in values], format="d")


def _series(field: str, order: list[str]) -> alt.Color:
    legend = alt.Legend(title=None, orient="top", symbolType="circle", symbolSize=90, labelLimit=240, columnPadding=28)
    return alt.Color(f"{field}:N", sort=order, scale=alt.Scale(domain=order, range=SERIES), legend=legend)


def _svg(chart: Any, width: int, height: int) -> str:
    drawn = (
        chart.properties(width=width, height=height)
        .configure(background="transparent", font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=FAINT, gridColor=GRID, domainColor=GRID, tickColor=GRID,
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelPadding=6, titlePadding=10,
        )
        .configure_axisX(grid=False)
        .configure_legend(labelColor=INK, labelFontSize=12)
        .configure_text(fontSize=12, font=FONT)
    )  # fmt: skip
    return str(vl_convert.vegalite_to_svg(drawn.to_dict()))
