"""Turns templates into one self-contained page; every text that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def render(package: str, template: str, **content: Any) -> str:
    """The page. package: whose templates; those of this package (the frame, the style sheet) are at hand beside them.

    Raises jinja2.UndefinedError if the template asks for what content does not name.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("components.drawing")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=_percent,
        points=_points,
        duration=_duration,
        count=_count,
        file=_file_name,
        sum_values=_sum_values,
        hours=_hours,
    )
    return environment.get_template(template).render(**content)


def drawn(charts: dict[str, str]) -> dict[str, Markup]:
    """Charts as markup: vl-convert has rendered them and escaped their texts."""
    return {name: Markup(svg) for name, svg in charts.items()}  # noqa: S704


def _percent(fraction: float) -> str:
    return f"{fraction:.1%}"


def _points(difference: float) -> str:
    """A difference of two fractions in percentage points."""
    return f"{100 * difference:+.1f} points"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _hours(hours: float) -> str:
    """With two digits that say something."""
    return f"{hours:.2f}" if hours >= 0.1 else f"{hours:.2g}"


def _count(number: int) -> str:
    return f"{number:,}"


def _file_name(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


def _sum_values(counts: Mapping[str, int]) -> int:
    return sum(counts.values())
