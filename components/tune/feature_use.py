"""What storing features took a search, over all of its attempts, and what that saved."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace

from pydantic import TypeAdapter

from components.artifacts import FeatureUse, Trial
from components.stored_files import StoredFiles
from tuning.backbones import Backbone
from tuning.store import address, savings
from tuning.store.fill import Tally
from tuning.store.source import Report
from tuning.trial import TrialSettings

NAME = "features.json"
_REPORTS = TypeAdapter(Report)


class Reports:
    """What this attempt's source reports, after what those of killed attempts did. files: the search's state.

    A file that is missing or damaged counts as nothing.
    """

    def __init__(self, files: StoredFiles) -> None:
        self._files, self._before, self._now = files, _read(files), Report()
        self._filling_since: float | None = None

    def of(self, report: Report) -> None:
        """Name the report that this attempt's source goes on writing."""
        self._now = report

    def images(self, done: int, total: int) -> None:
        """To be called while features are computed: the source counts their time only when it has them all."""
        if done >= total:
            self._filling_since = None
        elif self._filling_since is None:
            self._filling_since = time.monotonic()

    def trial(self) -> None:
        """To be called when a trial says something: no features are being computed."""
        self._filling_since = None

    @property
    def whole(self) -> Report:
        """Of all attempts. A side that several of them planned has its last plan."""
        before, now = self._before, self._now
        tally = Tally(*(sum(pair) for pair in zip(astuple(before.tally), astuple(now.tally), strict=True)))
        if self._filling_since is not None:
            tally = replace(tally, seconds=tally.seconds + time.monotonic() - self._filling_since)
        return Report(tally, before.plans | now.plans, [*before.evicted, *now.evicted])

    def keep(self) -> None:
        """For an attempt to come. Raises StorageError."""
        self._files.write(NAME, _REPORTS.dump_json(self.whole))


def use(
    report: Report, backbone: Backbone, settings: TrialSettings, counts: Mapping[str, int], trials: Sequence[Trial]
) -> FeatureUse:
    """The figures for a person. counts: images of "train" and "validation"."""
    training, validation = counts["train"], counts["validation"]
    passes: dict[tuple[int, str], float] = defaultdict(float)
    for one in trials:
        point = one.hyperparameters
        if point.image_side_px in report.plans:  # it is not if what a killed attempt reported was lost
            cut = address.cut_name(backbone, point.unfrozen_stages)
            looked_at = settings.passes(point.unfrozen_stages, training) * training + validation  # in an epoch
            passes[point.image_side_px, cut] += one.epochs * looked_at / (training + validation)
    tally = report.tally
    return FeatureUse(
        computed_images=tally.computed_images, found_images=tally.found_images, written_bytes=tally.written_bytes,
        filled_s=tally.seconds,
        saved_s=savings.saved_s(report.plans, passes, training + validation, tally.seconds),
    )  # fmt: skip


def _read(files: StoredFiles) -> Report:
    try:
        return _REPORTS.validate_json(files.read(NAME) or b"")
    except ValueError:
        return Report()
