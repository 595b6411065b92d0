"""What was searched, as charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from components.artifacts import SearchResult
from components.drawing import svg
from components.drawing.svg import FAINT, INK, PERCENT
from components.report.points import TITLES, has_effect, ordered, shown
from components.report.searches import Ranked, backbones

WIDTH = 760
_SCORE = "score"
_MOST_VALUES = 6  # of an axis that names each of its values
_SPREAD = 0.05  # of an axis, over which lines through one value lie side by side
_GOLDEN = 0.618  # multiples of it, without their whole part, are spread evenly
_HALO = "var(--card)"
_STRONGEST, _FAINTEST = 0.95, 0.15  # opacity of the best and the worst trial's line


def depths(searches: Sequence[SearchResult]) -> str:
    """Score of each trial against depth, and the best at each depth as a line per backbone. Returns SVG.

    Trials that were stopped early are rings: their score might have grown.
    """
    rows = [
        {
            "backbone": result.backbone,
            "depth": trial.hyperparameters.unfrozen_stages,
            "score": trial.score,
            "stopped": trial.status == "stopped",
        }
        for result in searches
        for trial in result.trials
        if trial.score is not None
    ]
    found = sorted({trial.hyperparameters.unfrozen_stages for result in searches for trial in result.trials})
    base = alt.Chart(svg.data(rows)).encode(
        x=alt.X("depth:Q", title="unfrozen stages", axis=svg.whole(found), scale=svg.around(found)),
        color=svg.series("backbone", backbones(searches)),
    )
    title = searches[0].objective.replace("_", " ") + " (validation)"
    score = alt.Scale(zero=False, nice=True)
    y = alt.Y("score:Q", title=title, scale=score, axis=alt.Axis(format=PERCENT, tickCount=5))
    points = base.mark_point(filled=True, size=70, opacity=0.6).encode(y=y).transform_filter("!datum.stopped")
    rings = base.mark_point(filled=False, size=60, opacity=0.8).encode(y=y).transform_filter("datum.stopped")
    best = base.mark_line(strokeWidth=2).encode(y=alt.Y("max(score):Q", title=title, scale=score))
    return svg.render(best + points + rings, width=WIDTH, height=270)


def parallel(trials: Sequence[Ranked], names: Sequence[str], order: list[str]) -> str:
    """Every trial that has a score as a line over its hyperparameters, to its score. Returns SVG.

    trials: the best first, at least one with a score. names: of hyperparameters, one axis each. order: of the colours
    of backbones. The better a trial among all, the stronger its line, which has a gap where a hyperparameter has no
    effect.
    """
    scored = [one for one in trials if one.trial.score is not None]
    axes = [_axis(name, scored) for name in (*names, _SCORE)]
    titles = [axis["title"] for axis in axes]
    x = alt.X("axis:N", sort=titles, title=None, scale=alt.Scale(padding=0.3), axis=_titles(len(titles)))
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[-0.04, 1.04]))
    lines = alt.Chart(svg.data(_lines(scored, axes))).encode(
        x=x, y=y, detail="trial:N", color=svg.series("backbone", order),
        opacity=alt.Opacity("strength:Q", scale=None), strokeWidth=alt.StrokeWidth("width:Q", scale=None),
        order="order:Q",
    )  # fmt: skip
    posts = alt.Chart(svg.data([{"axis": title, "low": 0, "high": 1} for title in titles]))
    post = posts.mark_rule(stroke=FAINT, strokeWidth=1).encode(x=x, y=alt.Y("low:Q", axis=None), y2="high:Q")
    ticks = alt.Chart(svg.data([tick for axis in axes for tick in axis["ticks"]])).encode(x=x, y=y)
    marks = ticks.mark_point(shape="stroke", size=40, stroke=FAINT, opacity=1)
    word: dict[str, Any] = {"align": "left", "dx": 7, "fontSize": 11}
    halos = ticks.mark_text(**word, fill=_HALO, stroke=_HALO, strokeWidth=4, strokeJoin="round").encode(text="text:N")
    words = ticks.mark_text(**word, fill=INK).encode(text="text:N")
    drawn = lines.mark_line(strokeJoin="round", interpolate="linear")
    return svg.render(post + drawn + marks + halos + words, width=WIDTH, height=300)


def _titles(count: int) -> alt.Axis:
    return alt.Axis(
        orient="top", labelAngle=0 if count < 9 else -30, domain=False, ticks=False, labelPadding=10,
        labelLimit=110, labelFontSize=11,
    )  # fmt: skip


def _axis(name: str, trials: Sequence[Ranked]) -> dict[str, Any]:
    """Title, ticks and where a value lies: few values stand at equal distances, many on their scale."""
    if name == _SCORE:
        values = [one.trial.score or 0.0 for one in trials]
        many, scale, words = (
            True,
            _linear(values),
            {min(values): f"{min(values):.1%}", max(values): f"{max(values):.1%}"},
        )
        title = "Score"
    else:
        points = [one.trial.hyperparameters for one in trials]
        values = ordered({getattr(point, name) for point in points if has_effect(point, name)})
        title = TITLES[name]
        many = len(values) > _MOST_VALUES
        scale = (_log(values) if name == "learning_rate" else _linear(values)) if many else _evenly(values)
        named = (values[0], values[-1]) if many else values
        words = {value: shown(name, value) for value in named}
    ticks = [{"axis": title, "place": scale(value), "text": word} for value, word in words.items()]
    return {"name": name, "title": title, "scale": scale, "spread": 0 if many else _SPREAD, "ticks": ticks}


def _lines(trials: Sequence[Ranked], axes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    # The best comes last: it is drawn over the others.
    for rank, one in enumerate(reversed(trials), start=1):
        share = rank / len(trials)
        about = {
            "trial": f"{rank:04d}", "backbone": one.backbone, "width": 3.5 if one.chosen else 1.5,
            "strength": _FAINTEST + (_STRONGEST - _FAINTEST) * share**2,
        }  # fmt: skip
        point, aside = one.trial.hyperparameters, (rank * _GOLDEN) % 1 - 0.5
        for order, axis in enumerate(axes):
            name = axis["name"]
            value = one.trial.score if name == _SCORE else getattr(point, name)
            place = axis["scale"](value) if name == _SCORE or has_effect(point, name) else None
            place = place if place is None else place + aside * axis["spread"]
            rows.append({**about, "axis": axis["title"], "order": order, "place": place})
    return rows


def _evenly(values: Sequence[Any]) -> Any:
    places = {value: number / (len(values) - 1) if len(values) > 1 else 0.5 for number, value in enumerate(values)}
    return places.__getitem__


def _linear(values: Sequence[float]) -> Any:
    low, high = min(values), max(values)
    return lambda value: (value - low) / (high - low) if high > low else 0.5


def _log(values: Sequence[float]) -> Any:
    scale = _linear([math.log(value) for value in values])
    return lambda value: scale(math.log(value))
