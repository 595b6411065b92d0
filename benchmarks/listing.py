"""How much memory listing images takes: it must not grow with their number.

Empty files stand for images, because ingest opens none. Each case runs in a process of its own, first with few files
(what imports and buffers take), then with many, then with ten times as many.
"""

from __future__ import annotations

import argparse
import tempfile

from benchmarks.child import measured
from benchmarks.listing_cases import CASES, again, base, make
from benchmarks.table import report

SIZES = (1_000, 100_000, 1_000_000)
CORES = [0, 1]
MAX_GROWTH = 1.2


def main() -> None:
    """Print the most memory of each case by the number of images, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the images: an error, not a figure")
    few, many, most = (size // 10 for size in SIZES) if parser.parse_args().quick else SIZES
    rows: dict[str, dict[str, float]] = {name: {} for name in CASES}
    peaks: dict[str, dict[str, float]] = {name: {} for name in CASES}
    for images in (few, many, most):
        with tempfile.TemporaryDirectory(prefix="listing-") as folder:
            make(folder, images)
            for name, case in CASES.items():
                if case is again:
                    measured(base, cores=CORES, folder=folder)
                found = measured(case, cores=CORES, folder=folder)
                peaks[name][str(images)] = round(found.peak_rss_mib, 1)
                rows[name][f"MiB at {images}"] = found.peak_rss_mib
                rows[name][f"images/s at {images}"] = found.value["images"] / found.value["seconds"]
    for name, peak in peaks.items():
        rows[name]["growth"] = peak[str(most)] / peak[str(many)]
    growth = max(row["growth"] for row in rows.values())
    figures = {"peak_rss_mib": peaks, "growth": growth, "max_growth": MAX_GROWTH, "is_flat": growth < MAX_GROWTH}
    report("listing", figures, rows)


if __name__ == "__main__":
    main()
