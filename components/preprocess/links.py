"""Finds pictures that count as one and says of each by which better one it is beaten, and with which brand it clashes.

Pictures and findings are tables, so that a million of them cost no million objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components import likeness, parts
from components.config.data import NearDuplicates
from components.preprocess import bands

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from components.likeness import Words

    Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Picture:
    """A picture that would be admitted if it stood alone."""

    path: str
    rank: int  # the smaller one stays; of equal ones the first by path
    label: int  # index in the label map
    home: int  # where its row waits for findings
    phash: str


@dataclass(frozen=True)
class Finding:
    """What one place found of a picture; "" and 0 where there is nothing."""

    path: str
    home: int
    winner: str = ""  # path of the best picture that counts as the same one
    winner_rank: int = 0
    winner_distance: int = 0  # differing bits of all 256
    rival: str = ""  # path of the best one that lies under another label
    rival_rank: int = 0
    rival_distance: int = 0
    rival_label: int = 0


def find(pictures: pa.Table, masks: Sequence[np.uint64], rules: NearDuplicates) -> pa.Table:
    """Findings of the pictures that meet under any of the masks. pictures: of Picture's columns, in any order."""
    ordered = pictures.sort_by([("rank", "ascending"), ("path", "ascending")])
    hashes = likeness.words(ordered["phash"].to_pylist())
    labels = ordered["label"].to_numpy()
    # Equal hashes are one group: a picture that was posted a hundred thousand times makes no pairs with itself.
    _, first, group = np.unique(hashes, axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    best, rival = _best_two(_pairs(hashes[first], masks, rules), first, group, labels)
    places = np.arange(len(labels))
    winner = best[group]
    clash = np.where(labels[winner] != labels, winner, rival[group])
    winner = np.where(winner == places, len(labels), winner)
    said = np.flatnonzero((winner < len(labels)) | (clash < len(labels)))
    return _findings(ordered, hashes, said, winner[said], clash[said])


def _pairs(hashes: Words, masks: Sequence[np.uint64], rules: NearDuplicates) -> tuple[Numbers, Numbers]:
    """All pairs of different hashes that meet and count as one, in both orders, and each with itself."""
    itself = np.arange(len(hashes))
    found = [_meeting(hashes, mask, rules) for mask in masks]
    one = np.concatenate([itself, *(pair for pair, _ in found), *(pair for _, pair in found)])
    other = np.concatenate([itself, *(pair for _, pair in found), *(pair for pair, _ in found)])
    return one, other


def _meeting(hashes: Words, mask: np.uint64, rules: NearDuplicates) -> tuple[Numbers, Numbers]:
    """Each pair that meets under one mask and counts as one."""
    meeting = bands.keys(hashes, mask)
    order = np.argsort(meeting, kind="stable")
    meeting, hashes = meeting[order], hashes[order]
    one, other = [order[:0]], [order[:0]]
    shift, active = 1, np.arange(len(hashes))
    while True:  # each with the one that lies `shift` further, while it has the same key
        active = active[active + shift < len(hashes)]
        active = active[meeting[active] == meeting[active + shift]]
        if not active.size:
            break
        low = np.bitwise_count(hashes[active, 0] ^ hashes[active + shift, 0])
        near = active[low <= rules.max_distance]
        _, whole = likeness.differing(hashes[near], hashes[near + shift])
        near = near[whole <= rules.max_fine_distance]
        one.append(order[near])
        other.append(order[near + shift])
        shift += 1
    return np.concatenate(one), np.concatenate(other)


def _best_two(
    pairs: tuple[Numbers, Numbers], first: Numbers, group: Numbers, labels: Numbers
) -> tuple[Numbers, Numbers]:
    """For each group the best picture that it is linked with, and the best one under another label than that has.

    first: each group's best picture. group: each picture's group. A picture is its place in the order of rank and
    path; the number of pictures stands for none.
    """
    one, other = pairs
    none = len(labels)
    strange = np.flatnonzero(labels != labels[first[group]])
    second = np.full(len(first), none)  # each group's best picture under another label than its best one's
    np.minimum.at(second, group[strange], strange)
    best = np.full(len(first), none)
    np.minimum.at(best, one, first[other])
    padded = np.append(labels, -1)
    known = labels[best[one]]
    candidate = np.where(labels[first[other]] != known, first[other], second[other])
    candidate = np.where(padded[candidate] != known, candidate, none)
    rival = np.full(len(first), none)
    np.minimum.at(rival, one, candidate)
    return best, rival


def _findings(ordered: pa.Table, hashes: Words, said: Numbers, winner: Numbers, rival: Numbers) -> pa.Table:
    import pyarrow as pa

    found: dict[str, pa.Array] = {name: ordered[name].take(pa.array(said)) for name in ("path", "home")}
    for name, other in {"winner": winner, "rival": rival}.items():
        there = other < len(hashes)
        at = np.where(there, other, 0)
        paths = ordered["path"].take(pa.array(at)).to_pylist()
        _, whole = likeness.differing(hashes[said], hashes[at])
        found[name] = pa.array([path if there else "" for path, there in zip(paths, there, strict=True)], pa.string())
        found[f"{name}_rank"] = np.where(there, ordered["rank"].to_numpy()[at], 0)
        found[f"{name}_distance"] = np.where(there, whole, 0)
    found["rival_label"] = np.where(there, ordered["label"].to_numpy()[at], 0)
    columns = parts.schema(Finding)
    return pa.table([found[name] for name in columns.names], schema=columns)


def merged(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Path -> what all places together found of it."""
    found: dict[str, Finding] = {}
    for item in findings:
        before = found.get(item.path, item)
        winner = min(before, item, key=lambda one: (not one.winner, one.winner_rank, one.winner))
        rival = min(before, item, key=lambda one: (not one.rival, one.rival_rank, one.rival))
        found[item.path] = Finding(
            item.path, item.home, winner.winner, winner.winner_rank, winner.winner_distance,
            rival.rival, rival.rival_rank, rival.rival_distance, rival.rival_label,
        )  # fmt: skip
    return found
