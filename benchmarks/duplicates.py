"""Which edits of a picture are found, and which different pictures are taken for one: the proof of the defaults.

Originals are real photographs and parts of them; each is edited in every way that edits.py knows, and linked by the
rule that preprocess applies. The sample's drawings on white are the hard case for false links.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.edits import EDITS
from benchmarks.photographs import photographs
from benchmarks.table import report
from components import likeness
from components.config import DataConfig
from components.preprocess import images
from components.sample_data.sample import make

CONFIG = DataConfig()
RULES = CONFIG.near_duplicates
BARS = {"chosen": (RULES.max_distance, RULES.max_fine_distance), "64 bits only": (RULES.max_distance, likeness.BITS)}
OTHER_BARS = {"6 and 40": (6, 40), "8 and 48": (8, 48), "10 and 64": (10, 64)}
CUTS = (1, 2, 3)  # each photograph whole, in 4 and in 9 parts
SUBJECTS = 400  # of the sample that the demo learns from


def originals() -> list[Image.Image]:
    """Photographs and their parts: pictures that differ, however alike two spoons are."""
    return [part for photograph in photographs() for cuts in CUTS for part in _parts(photograph, cuts)]


def _parts(image: Image.Image, cuts: int) -> Iterator[Image.Image]:
    width, height = image.width // cuts, image.height // cuts
    for row in range(cuts):
        for column in range(cuts):
            yield image.crop((column * width, row * height, (column + 1) * width, (row + 1) * height))


def hashes(pictures: Sequence[Image.Image]) -> likeness.Words:
    """As preprocess computes them from files; a flat picture's is replaced by one that nothing links with."""
    return likeness.words([_hash(picture) for picture in pictures])


def _hash(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    found = images.store(file.getvalue(), CONFIG).look.phash
    return found or np.random.default_rng(len(file.getvalue())).bytes(likeness.BITS // 8).hex()


def linked(one: likeness.Words, other: likeness.Words, bars: tuple[int, int]) -> np.ndarray:
    """Which hashes count as one picture, broadcast."""
    low, whole = likeness.differing(one, other)
    return (low <= bars[0]) & (whole <= bars[1])


def edited(pictures: Sequence[Image.Image], before: likeness.Words) -> dict[str, dict[str, float]]:
    """Edit -> what share of the edited pictures is linked with its original; and how many with another one."""
    rows: dict[str, dict[str, float]] = {}
    for name, edit in EDITS.items():
        after = hashes([edit(picture) for picture in pictures])
        crossed = linked(after[:, None], before[None, :], BARS["chosen"])
        np.fill_diagonal(crossed, val=False)
        shares = {title: float(linked(after, before, bars).mean()) for title, bars in {**BARS, **OTHER_BARS}.items()}
        rows[name] = {**shares, "linked with another": int(crossed.sum())}
    return rows


def drawings(subjects: int) -> dict[str, Mapping[str, int]]:
    """What the bars do to the sample's drawings: pairs that are linked, and drawings that would be lost by it."""
    folder = Path(make(str(Path("build/bench") / f"drawings-{subjects}"), subjects).folder)
    files = sorted(folder.glob("*/*/*.jpg"))
    found = likeness.words([images.store(file.read_bytes(), CONFIG).look.phash or "f" * 64 for file in files])
    brand = np.array([file.parts[-3] for file in files])
    rows: dict[str, Mapping[str, int]] = {}
    for title, bars in {**BARS, **OTHER_BARS}.items():
        links = linked(found[:, None], found[None, :], bars)
        np.fill_diagonal(links, val=False)
        clash = links & (brand[:, None] != brand[None, :])
        twice = np.triu(links & (brand[:, None] == brand[None, :]))
        rows[title] = {
            "drawings": len(files), "linked pairs": int(links.sum() // 2), "under two brands": int(clash.any(1).sum()),
            "dropped as copies": int(twice.any(1).sum()),
        }  # fmt: skip
    return rows


def main() -> None:
    """Print recall and false links, and write them down."""
    subjects = int(sys.argv[1]) if len(sys.argv) > 1 else SUBJECTS
    pictures = originals()
    before = hashes(pictures)
    links = linked(before[:, None], before[None, :], BARS["chosen"])
    false = int(links.sum() - len(pictures)) // 2
    figures = {
        "originals": len(pictures), "false_links": false, "pairs": len(pictures) * (len(pictures) - 1) // 2,
        "max_distance": RULES.max_distance, "max_fine_distance": RULES.max_fine_distance,
        "drawings": drawings(subjects),
    }  # fmt: skip
    report("duplicates", figures, edited(pictures, before))


if __name__ == "__main__":
    main()
