"""Does the test ask what training has told?"""

from __future__ import annotations

from collections.abc import Iterable

from components.artifacts import Finding
from components.check.lookup import Lookup
from components.check.nearness import Bars

SPLIT_ANEW = "Remove one of each, or change data.split_salt to divide everything anew."
_KINDS = {
    "group": ("leaked_group", "group"),
    "id": ("leaked_image", "image"),
    "stored": ("equal_pixels", "picture (as differently encoded files)"),
}


def leaked(found: Lookup) -> Iterable[Finding]:
    """Errors on groups and images in more than one split; a warning on pictures that are equal only as stored."""
    for kind, leak in found.leaks.items():
        code, what = _KINDS[kind]
        yield Finding(
            code=code,
            severity="warning" if kind == "stored" else "error",
            message=f"{leak.count} times the same {what} lies in more than one split, "
            f"for example {' and '.join(leak.example)}.",
            remedy=SPLIT_ANEW,
            setting="data.split_salt",
        )


def near_duplicates(found: Lookup, bars: Bars, enforced: bool) -> Iterable[Finding]:
    """An error on test and validation images with a near-duplicate in another split.

    enforced: whether the snapshot was made without such pairs;
    if the configuration does not ask for that, they are a warning.
    """
    if not found.near:
        return
    pair = min(found.near, key=lambda pair: (pair.distance, pair.judged.path))
    yield Finding(
        code="leaked_near_duplicate",
        severity="error" if enforced else "warning",
        message=f"{len(found.near)} of {found.judged} test and validation images have a near-duplicate in another "
        f"split, for example {pair.judged.path} ({pair.judged.split}) and {pair.other.path} ({pair.other.split}), "
        f"whose hashes differ in {pair.distance} bits; up to {bars.whole} count as the same picture.",
        remedy="The score would be too good. " + (SPLIT_ANEW if enforced else "Set data.near_duplicates.enabled."),
        setting="data.near_duplicates.max_distance" if enforced else "data.near_duplicates.enabled",
    )


def partly_judged(found: Lookup, held_out: int) -> Iterable[Finding]:
    """A remark if only a sample of the test and validation images was compared. held_out: how many there are."""
    if 0 < found.judged < held_out:
        yield Finding(
            code="near_duplicates_sampled",
            severity="remark",
            message=f"{found.judged} of {held_out} test and validation images were compared with all others "
            "for near-duplicates across the split.",
            remedy="The rest is too flat to compare, or would take too long.",
        )
    elif held_out and not found.judged:
        yield Finding(
            code="near_duplicates_not_compared",
            severity="remark",
            message="No perceptual hash was taken: near-duplicates across the split were not looked for.",
            remedy="This snapshot was made without them; preprocess the images anew to have them.",
        )
