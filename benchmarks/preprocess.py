"""make bench-preprocess: what preparing images costs, against what decoding them costs at least.

Makes its pictures once (build/bench/preprocess, about 5 GB, a quarter of an hour); then expect half an hour on two
cores. `--quick` takes a twentieth of both: its fixed costs weigh more, so its ratios are lower.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import loops, peers, photographs, reading, table
from benchmarks.child import Measured, measured

PLACE = Path("build/bench/preprocess")
IN_MEMORY = ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]
PROCESSES = ["--runner=FnApiRunner", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
SIDE_PX, SMALL_PX = 1080, 160
NEW_SHARE = 0.01
CORES = sorted(os.sched_getaffinity(0))[:2]


def main() -> None:
    """Measure everything in one run, the bare loop before and after."""
    asked = _arguments()
    large = photographs.folder_of(round(asked.images * (1 + NEW_SHARE)), SIDE_PX, PLACE)
    small = {count: photographs.folder_of(count, SMALL_PX, PLACE) for count in (asked.small, asked.many)}
    for path in photographs.files(large):
        path.read_bytes()  # all loops find the files in memory
    rows: dict[str, Measured] = {}
    limits = [_limit(large, asked.sample)]
    rows |= _first_and_second(large, asked.images)
    limits.append(_limit(large, asked.sample))
    rows |= {
        "two processes": _steps(_view(large, range(asked.images)), "two", PROCESSES, CORES),
        "in memory, both cores": _steps(_view(large, range(asked.images)), "both", IN_MEMORY, CORES),
    }
    limits.append(_limit(large, asked.sample))
    rows |= {f"{count} small": _steps(folder, "small", IN_MEMORY, CORES) for count, folder in small.items()}
    read = measured(reading.reader, cores=CORES, pointer=str(PLACE / "root-first" / "snapshot.json"))
    shown = {name: _row(row) for name, row in rows.items()} | _peers(large, asked.sample)
    one, two = (_median([limit[at] for limit in limits]) for at in range(2))
    shown |= {"bare loop, one core": {"images/s": one}, "bare loop, two cores": {"images/s": two}}
    table.report("preprocess", _figures(rows, limits, one, two, asked, read.value), shown)


def _figures(
    rows: dict[str, Measured], limits: Sequence[tuple[float, float]], one: float, two: float,
    asked: argparse.Namespace, read: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    few, many = rows[f"{asked.small} small"], rows[f"{asked.many} small"]
    first, second = rows["first ingest, one core"].value, rows["second ingest, 1 % new"].value
    return {
        "images": asked.images,
        "ratio_to_bare_loop": first["images/s"] / one,
        "ratio_two_processes": rows["two processes"].value["images/s"] / two,  # of two bare loops at the same time
        "ratio_both_cores_in_memory": rows["in memory, both cores"].value["images/s"] / two,
        "peak_rss_mib": max(row.peak_rss_mib for row in rows.values()),
        "peak_rss_growth": many.peak_rss_mib / few.peak_rss_mib,
        "slope_images_per_s": (asked.many - asked.small) / (many.value["seconds"] - few.value["seconds"]),
        "slope_to_rate_of_few": (asked.many - asked.small)
        / (many.value["seconds"] - few.value["seconds"])
        / few.value["images/s"],
        "incremental_cost_share": second["seconds"] / first["seconds"],
        "reader_ratio": read["ratio"],
        "reader_images_per_s": read["reader"],
        "bare_loops_images_per_s": [list(limit) for limit in limits],
        "reader_rounds": read["rounds"],
    }


def _first_and_second(large: Path, images: int) -> dict[str, Measured]:
    raw = _view(large, range(images))
    first = _steps(raw, "first", IN_MEMORY, CORES[:1])
    _add(raw, large, range(images, round(images * (1 + NEW_SHARE))))
    second = _steps(raw, "first", IN_MEMORY, CORES[:1], fresh=False)
    return {"first ingest, one core": first, "second ingest, 1 % new": second}


def _limit(folder: Path, count: int) -> tuple[float, float]:
    """Images a second of the bare loop on one core, and of two of them at once."""
    (alone,) = _bare_loops(folder, count, CORES[:1])
    return alone, sum(_bare_loops(folder, count, CORES))


def _bare_loops(folder: Path, count: int, cores: Sequence[int]) -> list[float]:
    with ThreadPoolExecutor() as pool:
        running = [
            pool.submit(measured, loops.bare, cores=[core], folder=str(folder), first=at * count, count=count)
            for at, core in enumerate(cores)
        ]
        return [run.result().value["images/s"] for run in running]


def _steps(raw: Path, name: str, options: list[str], cores: Sequence[int], fresh: bool = True) -> Measured:
    root = PLACE / f"root-{name}"
    if fresh:
        shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    return measured(
        loops.steps, cores=cores, raw=str(raw.absolute()), data_root=str(root), beam_options=options, data={}
    )


def _view(folder: Path, numbers: range) -> Path:
    """A raw folder with only these pictures, as links to the same files."""
    view = PLACE / "raw"
    shutil.rmtree(view, ignore_errors=True)
    _add(view, folder, numbers)
    return view


def _add(view: Path, folder: Path, numbers: range) -> None:
    for number in numbers:
        place = view / photographs.path_of(number)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(folder / photographs.path_of(number), place)


def _peers(folder: Path, count: int) -> dict[str, dict[str, Any]]:
    plain = measured(loops.plain_tfds, cores=CORES, folder=str(folder), count=count)
    theirs = peers.img2dataset(folder, count, PLACE, len(CORES))
    return {"plain TFDS builder": _row(plain), **({"img2dataset, both cores": theirs} if theirs else {})}


def _row(row: Measured) -> dict[str, Any]:
    return {**row.value, "peak RSS MiB": row.peak_rss_mib}


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000, help="of 1080 pixels")
    parser.add_argument("--small", type=int, default=20_000, help="pictures of the smaller run for memory and slope")
    parser.add_argument("--many", type=int, default=100_000, help="pictures of the larger one")
    parser.add_argument("--sample", type=int, default=2_000, help="pictures of each bare loop and of each peer")
    parser.add_argument("--quick", action="store_true", help="a twentieth of everything")
    asked = parser.parse_args()
    if asked.quick:
        asked.images, asked.small, asked.many, asked.sample = 1_000, 1_000, 5_000, 400
    return asked


if __name__ == "__main__":
    main()
