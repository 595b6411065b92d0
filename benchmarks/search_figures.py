"""From what the arms of bench-search and bench-race measured to the figures that are reported. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.search_task import Task
from tuning import backbones

Found = Mapping[str, Any]
TOLERANCE = 1e-6  # plain's scores are float32


def summary(found: Found, names: Sequence[str], task: Task) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The figures, and a row for each backbone and depth. found: see search.Arms.measured."""
    depths = {name: [point.unfrozen_stages for point in task.points(backbones.get(name))] for name in names}
    rows = {
        f"{name} {depth}/{len(backbones.get(name).stages)}": _row(found, name, depths[name], depth)
        for name in names
        for depth in sorted(set(depths[name]))
    }
    total = {arm: sum(found[arm][name]["seconds"] for name in names) for arm in ("plain", "ours", "limit")}
    count = sum(map(len, depths.values()))
    return {
        "ratio_same_work": total["plain"] / total["ours"], "ratio_to_limit": total["ours"] / total["limit"],
        **_head_only(rows), **race(found["race"]),
        "best_score_ours": max(trial["score"] for name in names for trial in found["ours"][name]["trials"]),
        **_scores(found, names), **_increment(found, names),
        "cache_bytes": sum(found["ours"][name]["cache_bytes"] for name in names),
        **{f"{arm}_s": seconds for arm, seconds in total.items()},
        **{f"{arm}_s_a_trial": total[arm] / count for arm in ("plain", "ours")},
        "limit_prefix_s": sum(found["limit"][name]["prefix_s"] for name in names),
        **_parts(found, names),
    }, rows  # fmt: skip


def records(plain: Found) -> list[tuple[float, float]]:
    """Of all backbones one after the other: (seconds, score) of each trial that was better than all before it."""
    before, found = 0.0, [(0.0, -1.0)]
    for search in plain.values():
        spent = before
        for trial in search["trials"]:
            spent += trial["seconds"]
            if trial["score"] > found[-1][1]:
                found.append((spent, trial["score"]))
        before += search["seconds"]
    return found[1:]


def _row(found: Found, name: str, depths: Sequence[int], depth: int) -> dict[str, Any]:
    """Features are shared equally by the trials that have a frozen part, which is what they are computed for."""
    stages = len(backbones.get(name).stages)
    sharers = sum(one < stages for one in depths)
    plain, ours, limit = (
        [trial for trial in found[arm][name]["trials"] if depths[trial["point"]] == depth]
        for arm in ("plain", "ours", "limit")
    )
    own_s, plain_s = (sum(trial["seconds"] for trial in trials) for trials in (ours, plain))
    part = len(ours) / sharers if depth < stages else 0.0
    features_s, prefix_s = part * found["ours"][name]["features_s"], part * found["limit"][name]["prefix_s"]
    limit_s = prefix_s + sum(trial["seconds"] for trial in limit)
    differences = _differences(plain, ours)
    return {
        "trials": len(ours), "plain s": plain_s, "ours s": own_s + features_s, "of it features s": features_s,
        "limit s": limit_s, "times faster": plain_s / (own_s + features_s),
        "times limit": (own_s + features_s) / limit_s,
        "best plain": max(trial["score"] for trial in plain), "best ours": max(trial["score"] for trial in ours),
        "difference": max(map(abs, differences)),
    }  # fmt: skip


def _head_only(rows: Found) -> dict[str, float]:
    heads = [row for title, row in rows.items() if " 0/" in title]
    plain, ours, features = (sum(row[key] for row in heads) for key in ("plain s", "ours s", "of it features s"))
    return {"ratio_head_only": plain / ours, "ratio_head_only_without_features": plain / (ours - features)}


def race(races: Found) -> dict[str, Any]:
    """How many times faster ours had plain's best score, 0 where it never did. races: see race.races."""
    rows = [_raced(int(seed), one["plain"], one["ours"]) for seed, one in races.items()]
    ratios = [row["ratio"] for row in rows]
    return {
        "ratio_to_best_score": statistics.median(ratios), "ratio_to_best_score_range": [min(ratios), max(ratios)],
        "race": rows,
    }  # fmt: skip


def _raced(seed: int, plain: Found, ours: Found) -> dict[str, Any]:
    plain_s, best = records(plain)[-1]
    ours_s = _had(ours, best)
    return {
        "seed": seed, "plain_best": best, "plain_best_after_s": plain_s,
        "plain_s": sum(search["seconds"] for search in plain.values()),
        "plain_trials": sum(len(search["trials"]) for search in plain.values()),
        "ours_best": ours["records"][-1][1], "ours_had_plain_best_after_s": ours_s, "ours_s": ours["seconds"],
        "ours_trials": ours["trials"], "ratio": plain_s / ours_s if ours_s else 0.0,
    }  # fmt: skip


def _had(ours: Found, score: float) -> float | None:
    """After how many seconds ours first scored so much; None if it never did."""
    return next((spent for spent, found in ours["records"] if found >= score - TOLERANCE), None)


def milestones(races: Found) -> dict[str, dict[str, Any]]:
    """Each score that was plain's best for a while: when plain had it, when ours did, and the ratio.

    Nothing where ours never had it.
    """
    rows = {}
    for seed, one in races.items():
        for plain_s, score in records(one["plain"]):
            ours_s = _had(one["ours"], score)
            times = plain_s / ours_s if ours_s else 0.0
            rows[f"seed {seed}: {score:.3f}"] = {"plain s": plain_s, "ours s": ours_s, "times faster": times}
    return rows


def worth(scores: Mapping[str, Found]) -> dict[str, Any]:
    """By arm the mean score of its winners on unseen images, and of each race. scores: see winners.py."""
    by_race = {
        arm: {seed: statistics.fmean(one[arm]["scores"]) for seed, one in scores.items()} for arm in ("plain", "ours")
    }
    means = {f"unseen_score_{arm}": statistics.fmean(races.values()) for arm, races in by_race.items()}
    return means | {"unseen_scores": scores}


def _scores(found: Found, names: Sequence[str]) -> dict[str, float]:
    """Of the same trials, plain against ours; and of ours against itself with other seeds."""
    differences = [
        one for name in names for one in _differences(found["plain"][name]["trials"], found["ours"][name]["trials"])
    ]
    seeds = [
        one
        for name in names
        for trials in found["noise"][name]["trials"].values()
        for one in _differences(trials, found["ours"][name]["trials"])
    ]
    return {
        "max_score_difference": max(map(abs, differences)), "mean_score_difference": statistics.mean(differences),
        "rms_score_difference": _rms(differences), "max_score_difference_between_seeds": max(map(abs, seeds)),
        "rms_score_difference_between_seeds": _rms(seeds),
    }  # fmt: skip


def _differences(one: Sequence[Found], other: Sequence[Found]) -> list[float]:
    """Second less first, of the points that both have."""
    scores = {trial["point"]: trial["score"] for trial in other}
    return [scores[trial["point"]] - trial["score"] for trial in one]


def _rms(values: Sequence[float]) -> float:
    return statistics.fmean(value * value for value in values) ** 0.5


def _increment(found: Found, names: Sequence[str]) -> dict[str, Any]:
    """Of each number of images; the first is the headline."""
    by_images = {images: _later(pairs, names) for images, pairs in found["increment"].items()}
    headline = next(iter(by_images.values()))
    return {"feature_increment_cost_share": headline["cost_share"], "feature_increments": by_images}


def _later(pairs: Found, names: Sequence[str]) -> dict[str, float]:
    """What all backbones' features cost in the second search, beside the first. pairs: by backbone, see increment."""
    first, second = (
        {key: sum(pairs[name][part][key] for name in names) for key in ("seconds", "filling_s")}
        for part in ("first", "later")
    )
    return {
        "cost_share": second["seconds"] / first["seconds"], "first_s": first["seconds"], "second_s": second["seconds"],
        "filling_share": second["filling_s"] / first["filling_s"],
    }  # fmt: skip


def _parts(found: Found, names: Sequence[str]) -> dict[str, float]:
    """Where our time went."""
    ours = [found["ours"][name] for name in names]
    trained = sum(trial["trained_s"] for one in ours for trial in one["trials"])
    tried = sum(trial["seconds"] for one in ours for trial in one["trials"])
    return {
        "ours_loading_s": sum(one["loading_s"] for one in ours),
        "ours_features_s": sum(one["features_s"] for one in ours),
        "ours_epochs_s": trained, "ours_around_epochs_s": tried - trained,
    }  # fmt: skip
