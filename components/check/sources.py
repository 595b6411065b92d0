"""Could the model learn the source instead of the brand, and is every source tested?"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from components.artifacts import Finding
from components.check.census import Census
from components.check.wording import NO_SOURCE, bar, listed, named
from components.config import CheckConfig


def one_source(census: Census) -> Iterable[Finding]:
    """A warning on brands that come from one source only while others come from several."""
    sources: dict[str, set[str]] = defaultdict(set)
    for label, source, _ in census.images:
        sources[label].add(source)
    lone = {label: next(iter(found)) for label, found in sources.items() if len(found) == 1}
    if lone and len(lone) < len(sources):
        names = listed([f"{label} ({lone[label] or NO_SOURCE})" for label in sorted(lone)])
        yield Finding(
            code="one_source",
            message=f"{len(lone)} of {len(sources)} brands come from one source only, others from several: {names}.",
            remedy="The model may learn the source instead of the brand. Add other sources of these brands.",
        )


def source_tells_brand(census: Census, policy: CheckConfig) -> Iterable[Finding]:
    """A warning if who knows the source of an image knows its brand, too."""
    counts: Counter[tuple[str, str]] = Counter()
    for (label, source, _), images in census.images.items():
        counts[label, source] += images
    told = uncertainty_coefficient(counts)
    if told > policy.max_source_tells_brand:
        examples = listed(_telling(counts))
        yield Finding(
            code="source_tells_brand",
            message=f"An image's source tells {told:.0%} of its brand, without a look at the picture: {examples}.",
            remedy="The model can score well by learning how each source looks. Collect every brand from the same "
            f"sources, or judge it source by source in the report. {bar(policy, 'max_source_tells_brand')}",
            setting="check.max_source_tells_brand",
        )


def source_without_test(census: Census, policy: CheckConfig) -> Iterable[Finding]:
    """A warning on sources that the test hardly asks about."""
    totals, tested = census.by(1), Counter[str]()
    for (_, source, split), images in census.images.items():
        tested[source] += images if split == "test" else 0
    few = {
        source: tested[source]
        for source, images in totals.items()
        if images >= policy.min_files_to_judge and tested[source] < policy.min_test_images_per_source
    }
    if few and len(totals) > 1:
        least = policy.min_test_images_per_source
        yield Finding(
            code="source_without_test",
            message=f"{len(few)} of {len(totals)} sources have under {least} test images: {named(few)}.",
            remedy="How well the model does there stays unknown. Add groups of these sources: a group lies on one "
            f"side of the split as a whole. {bar(policy, 'min_test_images_per_source')}",
            setting="check.min_test_images_per_source",
        )


def uncertainty_coefficient(counts: Mapping[tuple[str, str], int]) -> float:
    """The share of the first name's entropy that the second takes away: 0 if it tells nothing, 1 if it tells all.

    counts: (first, second) -> images. 0 if there is one first name only, since nothing is left to tell.
    Source: Theil 1970, On the estimation of relationships involving qualitative variables.
    """
    total = sum(counts.values())
    firsts, seconds = Counter[str](), Counter[str]()
    for (first, second), images in counts.items():
        firsts[first] += images
        seconds[second] += images
    entropy = -sum(n / total * math.log(n / total) for n in firsts.values() if n)
    if not entropy:
        return 0.0
    shared = sum(
        n / total * math.log(n * total / (firsts[first] * seconds[second]))
        for (first, second), n in counts.items()
        if n
    )
    return min(1.0, max(0.0, shared / entropy))


def _telling(counts: Mapping[tuple[str, str], int]) -> list[str]:
    """The sources by how many images they give away: "instagram is acme in 95 %"."""
    by_source: dict[str, Counter[str]] = defaultdict(Counter)
    for (label, source), images in counts.items():
        by_source[source][label] += images
    ordered = sorted(by_source.items(), key=lambda item: (-max(item[1].values()), item[0]))
    tops = [(source, *found.most_common(1)[0], found.total()) for source, found in ordered]
    return [f"{source or NO_SOURCE} is {label} in {images / total:.0%}" for source, label, images, total in tops]
