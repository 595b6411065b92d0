"""How images spread over brands, sources and splits, and what they look like: by this, sets of images are compared."""

from __future__ import annotations

from collections import Counter

from components.check.figures import Pictures
from components.manifest import Row


class Spread:
    """The sums of the admitted rows that were added; their size does not depend on how many."""

    def __init__(self) -> None:
        self.images: Counter[tuple[str, str, str]] = Counter()  # brand, source, split -> admitted images
        self.pictures = Pictures()

    def admit(self, row: Row) -> None:
        """Take an admitted row in."""
        self.images[row.label, row.source, row.split] += 1
        self.pictures.add(row)

    def by(self, place: int) -> dict[str, int]:
        """Admitted images by brand (0), source (1) or split (2)."""
        sums: Counter[str] = Counter()
        for key, images in self.images.items():
            sums[key[place]] += images
        return dict(sorted(sums.items()))
