"""How the images are distributed now and were at the champion, as charts."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from components.artifacts import NumberDrift, ShareDrift
from components.check.figures import FIGURES
from components.check.wording import NO_SOURCE
from components.drawing import svg

THEN, NOW, NEW = "champion's", "now", "new"
_DECADES = {figure.name for figure in FIGURES if figure.logarithmic}
_COLOURS = {THEN: "var(--series-7)", NOW: "var(--series-1)", NEW: "var(--series-2)"}


def shares(drift: ShareDrift, now: str = NOW) -> str:
    """A pair of bars for each brand or source, the largest first. now: what the later side is called. Returns SVG."""
    sides = (THEN, now)
    rows = [
        {"name": name or NO_SOURCE, "side": side, "share": found[name]}
        for name in drift.now
        for side, found in zip(sides, (drift.then, drift.now), strict=True)
    ]
    names = [name or NO_SOURCE for name in drift.now]
    chart = (
        alt.Chart(svg.data(rows))
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            x=alt.X("share:Q", title=f"share of the images by {drift.of}", axis=alt.Axis(format="%", tickCount=5)),
            y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=150, ticks=False, domain=False)),
            yOffset=alt.YOffset("side:N", sort=list(sides)),
            color=_colour(sides),
        )
    )
    return svg.render(chart, width=300, height=max(60, 34 * len(names)))


def numbers(drift: NumberDrift, now: str = NOW) -> str:
    """Two outlines over the same bins. now: what the later side is called. Returns SVG."""
    sides = (THEN, now)
    spans = list(zip(drift.edges, drift.edges[1:], strict=False))
    rows = [
        {"low": low, "high": high, "side": side, "share": share}
        for side, found in zip(sides, (drift.then, drift.now), strict=True)
        for (low, high), share in zip(spans, found, strict=True)
    ]
    scale = alt.Scale(type="log", nice=False) if drift.of in _DECADES else alt.Scale(zero=False, nice=False)
    title = f"{drift.of} ({drift.unit})"
    chart = (
        alt.Chart(svg.data(rows))
        .mark_rect(opacity=0.55)
        .encode(
            x=alt.X("low:Q", title=title, scale=scale, axis=alt.Axis(format=",.3~r", tickCount=5, labelOverlap=True)),
            x2="high:Q",
            y=alt.Y("share:Q", title="share of the images", stack=None, axis=alt.Axis(format="%", tickCount=4)),
            y2=alt.Y2Datum(0),
            color=_colour(sides),
        )
    )
    return svg.render(chart, width=300, height=150)


def _colour(sides: Sequence[str]) -> alt.Color:
    legend = alt.Legend(title=None, orient="top", symbolType="square", symbolSize=90, columnPadding=20)
    scale = alt.Scale(domain=list(sides), range=[_COLOURS[side] for side in sides])
    return alt.Color("side:N", sort=list(sides), scale=scale, legend=legend)
