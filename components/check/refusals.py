"""How many files cannot be used, and how many say nothing new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from components.artifacts import Finding
from components.check.census import Census
from components.check.wording import NO_SOURCE, bar, listed, named
from components.config import CheckConfig
from components.manifest import ADMITTED, DUPLICATE, NEAR_DUPLICATE, Reason


def quarantined(census: Census, policy: CheckConfig) -> Iterable[Finding]:
    """A warning if many of all files are quarantined, or of the files of a source; what was taken down is left out."""
    refused, files = _refused(census), _files(census)
    total, bad = sum(files.values()), sum(map(sum, (reasons.values() for reasons in refused.values())))
    if total and bad / total > policy.max_quarantined_share:
        reasons: Counter[str] = sum(refused.values(), Counter())
        yield Finding(
            code="quarantined",
            message=f"{bad} of {total} files ({bad / total:.0%}) cannot be used: {named(reasons)}.",
            remedy=f"Look at these files before trusting the rest. {bar(policy, 'max_quarantined_share')}",
            setting="check.max_quarantined_share",
        )
    yield from _by_source(files, refused, policy)


def _by_source(files: Mapping[str, int], refused: Mapping[str, Counter[str]], policy: CheckConfig) -> Iterable[Finding]:
    judged = [source for source in refused if files[source] >= policy.min_files_to_judge]
    shares = {source: refused[source].total() / files[source] for source in judged}
    bad = sorted((s for s in judged if shares[s] > policy.max_quarantined_share_per_source), key=lambda s: -shares[s])
    # If there is one source only, the finding on all files has said it.
    if bad and len(files) > 1:
        names = [
            f"{source or NO_SOURCE} {shares[source]:.0%} of {files[source]} (most often "
            f"{refused[source].most_common(1)[0][0]})"
            for source in bad
        ]
        yield Finding(
            code="quarantined_source",
            message=f"Many files of {len(bad)} of {len(files)} sources cannot be used: {listed(names)}.",
            remedy=f"Look at how these sources are collected. {bar(policy, 'max_quarantined_share_per_source')}",
            setting="check.max_quarantined_share_per_source",
        )


def repeated(census: Census, policy: CheckConfig) -> Iterable[Finding]:
    """A warning on brands of which most usable files repeat others: equal bytes, or edits of the same picture."""
    usable: dict[str, Counter[str]] = {}
    for (label, _, status), count in census.files.items():
        if status in (ADMITTED, DUPLICATE, NEAR_DUPLICATE):
            usable.setdefault(label, Counter())[status] += count
    shares = {
        label: 1 - found[ADMITTED] / found.total()
        for label, found in usable.items()
        if found.total() >= policy.min_files_to_judge
    }
    bad = sorted((label for label in shares if shares[label] > policy.max_repeated_share), key=lambda x: -shares[x])
    if bad:
        names = [
            f"{label} {shares[label]:.0%} of {usable[label].total()} ({usable[label][NEAR_DUPLICATE]} near-duplicates, "
            f"{usable[label][DUPLICATE]} equal files)"
            for label in bad
        ]
        yield Finding(
            code="repeats_itself",
            message=f"{len(bad)} of {len(usable)} brands mostly repeat themselves: {listed(names)}.",
            remedy=f"They hold fewer pictures than files: collect other ones. {bar(policy, 'max_repeated_share')}",
            setting="check.max_repeated_share",
        )


def _files(census: Census) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for (_, source, _), count in census.files.items():
        sums[source] += count
    for (source, reason), count in census.refused.items():
        if reason == Reason.TAKEN_DOWN.value:
            sums[source] -= count
    return {source: count for source, count in sums.items() if count}


def _refused(census: Census) -> dict[str, Counter[str]]:
    """Source -> reason -> files. What was taken down is nobody's fault."""
    found: dict[str, Counter[str]] = {}
    for (source, reason), count in census.refused.items():
        if reason != Reason.TAKEN_DOWN.value:
            found.setdefault(source, Counter())[reason] += count
    return found
