"""Charts as inline SVG: drawn by Altair, rendered here and now, so that a page needs neither script nor network.

Colours are CSS variables of the page (page.css): one drawing serves light, dark and paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

SERIES = [f"var(--series-{number})" for number in range(1, 8)]
INK, FAINT, GRID = "var(--ink)", "var(--muted)", "var(--line)"
FONT = "Arial, Liberation Sans, sans-serif"  # the renderer measures texts with these; the page may lack them
PERCENT = "%"


def data(rows: Sequence[dict[str, Any]]) -> Any:
    """Rows as Altair's data."""
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]  # generated code of Altair without types


def series(field: str, order: list[str]) -> alt.Color:
    """A colour for each name in order, with a legend above the chart."""
    legend = alt.Legend(title=None, orient="top", symbolType="circle", symbolSize=90, labelLimit=240, columnPadding=28)
    return alt.Color(f"{field}:N", sort=order, scale=alt.Scale(domain=order, range=SERIES), legend=legend)


def around(values: Sequence[int]) -> alt.Scale:
    """A scale with a margin, also when there is one value only."""
    return alt.Scale(domain=[min(values) - 0.4, max(values) + 0.4], nice=False) if values else alt.Scale()


def whole(values: Sequence[int]) -> alt.Axis:
    """An axis that names these whole numbers."""
    return alt.Axis(values=[float(value) for value in values], format="d")


def render(chart: Any, width: int, height: int) -> str:
    """The chart as SVG. width, height: pixels of the plot without its axes."""
    styled = (
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
    return str(vl_convert.vegalite_to_svg(styled.to_dict()))
