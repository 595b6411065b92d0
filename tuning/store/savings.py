"""What stored features saved a search: an estimate from measured costs, beside what filling them took."""

from __future__ import annotations

from collections.abc import Mapping

from tuning.store.planner import Plan


def saved_s(plans: Mapping[int, Plan], passes: Mapping[tuple[int, str], float], images: int, filled_s: float) -> float:
    """Seconds that computing from the image files in each pass would have cost, less reading and less filling.

    plans: by image side. passes: (side, cut) -> how often the search went through all its images there. images: of one
    pass. filled_s: measured, of computing and storing what was missing. Negative if storing did not pay.
    What an image costs was timed on this machine when the plan was made. A pass that several trials shared is to be
    counted for each of them: alone they would have paid it each.
    Raises KeyError if a plan knows nothing of a cut.
    """
    return images * sum(count * _gain_s(plans[side], cut) for (side, cut), count in passes.items()) - filled_s


def _gain_s(plan: Plan, cut: str) -> float:
    """Seconds of one image: from its file through everything below the cut, less having it as planned."""
    whole_of_kept_s = read_of_kept_s = 0.0  # of the nearest kept cut below
    for verdict in plan.verdicts:
        whole_s = whole_of_kept_s + verdict.compute_s - read_of_kept_s
        if verdict.cut == cut:
            return whole_s - (verdict.read_s if verdict.keep else verdict.compute_s)
        if verdict.keep:
            whole_of_kept_s, read_of_kept_s = whole_s, verdict.read_s
    raise KeyError(cut)
