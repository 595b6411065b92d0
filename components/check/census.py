"""Counts a snapshot's rows in one reading: what check judges and draws follows from these sums and small samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from components.check.sampling import Sample
from components.check.sides import Sides
from components.check.spread import Spread
from components.manifest import ADMITTED, NEAR_DUPLICATE, QUARANTINED, Reason, Row

ADMITTED_SHOWN, REFUSED_SHOWN = 6, 6  # pictures of one brand, of one reason
CLUSTERS_SHOWN, COPIES_SHOWN = 8, 4  # near-duplicates: originals, copies of one


class Census(Spread):
    """The sums of the rows that were added. Memory: 24 bytes for each admitted image, and the samples.

    shown: brands of which pictures are drawn. judged: how many test and validation images are compared with all others.
    known: ids that another snapshot holds; admitted images that are not among them are counted once more, as new.
    """

    def __init__(self, shown: Collection[str] = (), judged: int = 0, known: Sides | None = None) -> None:
        super().__init__()
        self.new = Spread()
        self.files: Counter[tuple[str, str, str]] = Counter()  # brand, source, status -> files
        self.refused: Counter[tuple[str, str]] = Counter()  # source, reason -> quarantined files
        self.groups, self.ids, self.stored = Sides(), Sides(), Sides()
        self.judged: Sample[Row] = Sample(judged)  # path -> the row
        self.admitted_rows: dict[str, Sample[Row]] = {label: Sample(ADMITTED_SHOWN) for label in sorted(shown)}
        self.refused_rows: dict[str, Sample[Row]] = {}  # reason -> path -> the row
        self.copies: Sample[Row] = Sample(CLUSTERS_SHOWN, each=COPIES_SHOWN)  # path of the original -> its copies
        self._images_judged, self._known = judged > 0, known

    @classmethod
    def of(
        cls, rows: Iterable[Row], shown: Collection[str] = (), judged: int = 0, known: Sides | None = None
    ) -> Census:
        """The census of a whole manifest."""
        census = cls(shown, judged, known)
        for row in rows:
            census.add(row)
        return census

    def add(self, row: Row) -> None:
        """Take a row in."""
        self.files[row.label, row.source, row.status] += 1
        if row.status == ADMITTED:
            self._add_admitted(row)
        elif row.status == QUARANTINED:
            self._add_refused(row)
        elif row.status == NEAR_DUPLICATE and row.duplicate_of:
            self.copies.add(row.duplicate_of, row)

    def _add_admitted(self, row: Row) -> None:
        self.admit(row)
        if self._known is not None and not self._known.holds(row.id):
            self.new.admit(row)
        self.groups.add(row.group, row.split)
        self.ids.add(row.id, row.split)
        self.stored.add(row.stored, row.split)
        if row.phash and row.split != "train" and self._images_judged:
            self.judged.add(row.path, row)
        if row.label in self.admitted_rows:
            self.admitted_rows[row.label].add(row.path, row)

    def _add_refused(self, row: Row) -> None:
        self.refused[row.source, row.reason] += 1
        if row.reason != Reason.TAKEN_DOWN.value:  # whoever had a picture taken down does not want it drawn
            self.refused_rows.setdefault(row.reason, Sample(REFUSED_SHOWN)).add(row.path, row)
