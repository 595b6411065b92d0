"""What is wrong with the data, and how it differs from what the champion learned from."""

from __future__ import annotations

from typing import Literal

from components.artifacts.pointer import Pointer

Severity = Literal["error", "warning", "remark"]  # nothing is trained; a person should act; a person should know


class Finding(Pointer):
    """One thing that is wrong with the data, and what to do about it."""

    code: str
    message: str  # what, where, value
    remedy: str
    severity: Severity = "warning"
    setting: str = ""  # the configuration's key that holds the bar; "" if the bar is not ours to move


class ShareDrift(Pointer):
    """How images spread over brands or sources, now and in the champion's snapshot."""

    of: str  # "brand" or "source"
    now: dict[str, float]  # name -> share of the images; the largest only, so the sum may be under 1
    then: dict[str, float]  # of the same names
    distance: float  # total variation over all names, in [0, 1]
    noise: float  # what chance alone rarely exceeds with so many images


class NumberDrift(Pointer):
    """How one figure of the pictures is distributed, now and in the champion's snapshot."""

    of: str  # "brightness"
    unit: str
    edges: tuple[float, ...]  # of the bins, ascending; one more than bins
    now: tuple[float, ...]  # share of the images in each bin
    then: tuple[float, ...]
    mean_now: float
    mean_then: float
    index: float  # population stability index over the tenths of the champion's images; 0 means equal
    noise: float  # what chance alone rarely exceeds with so many images


class NewDrift(Pointer):
    """The images that the champion's snapshot lacks, beside those that it holds."""

    images: int  # at least 1
    shares: tuple[ShareDrift, ...]
    numbers: tuple[NumberDrift, ...]


class Drift(Pointer):
    """The snapshot beside the one that the champion learned from: all its images, and the new ones alone."""

    champion_version: int
    snapshot_id: str  # the champion's
    images: int  # admitted in it
    shares: tuple[ShareDrift, ...]
    numbers: tuple[NumberDrift, ...]
    new: NewDrift | None = None  # None: no image is new


class Findings(Pointer):
    """What check found (findings.json). With an error the step fails, so later steps see warnings and remarks only."""

    snapshot_id: str
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    drift: Drift | None = None  # None: it was not measured, and a remark says why
