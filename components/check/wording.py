"""How findings speak: names with their counts, and the setting that is the bar."""

from __future__ import annotations

from collections.abc import Mapping

from components.config import CheckConfig

SHOWN = 5  # names in one message
NO_SOURCE = "no source"


def named(counts: Mapping[str, int]) -> str:
    """Names with their counts, smallest first: "acme (4), zeta (11) and 3 more"."""
    ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    return listed([f"{name or NO_SOURCE} ({count})" for name, count in ordered])


def listed(names: list[str]) -> str:
    """The first names of many."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def bar(policy: CheckConfig, key: str) -> str:
    """The sentence that names a setting and its value."""
    return f"The bar is check.{key} (now {getattr(policy, key):g})."


def images(count: int) -> str:
    """A number of images in words."""
    return f"{count} image" + ("" if count == 1 else "s")
