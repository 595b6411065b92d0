"""make bench-preprocess: what preparing images costs, against what decoding them costs at least.

Makes its pictures once (build/bench/preprocess, about 5 GB, a quarter of an hour); then expect half an hour on two
cores. `--quick` takes a twentieth of both: its fixed costs weigh more, so its ratios are lower.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import loops, peers, photographs, reading, table
from benchmarks.child import Measured, measured

PLACE = Path("build/bench/preprocess")
RAW = PLACE / "raw"
IN_MEMORY = ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]
PROCESSES = ["--runner=FnApiRunner", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
SIDE_PX, SMALL_PX = 1080, 160
NEW_SHARE = 0.01
CORES = sorted(os.sched_getaffinity(0))[:2]


class Limit(NamedTuple):
    """Of the bare loop: images a second on one core, of two on two cores at once, and what an image costs."""

    alone: float
    together: float
    cpu_ms: float


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
        "two processes": _steps(photographs.link(large, range(asked.images), RAW), "two", PROCESSES, CORES),
        "in memory, both cores": _steps(photographs.link(large, range(asked.images), RAW), "both", IN_MEMORY, CORES),
    }
    limits.append(_limit(large, asked.sample))
    rows |= {f"{count} small": _steps(folder, "small", IN_MEMORY, CORES) for count, folder in small.items()}
    read = measured(reading.reader, cores=CORES, pointer=str(PLACE / "root-first" / "snapshot.json"))
    shown = {name: _row(row) for name, row in rows.items()} | _peers(large, asked.sample)
    limit = Limit(*(statistics.median(each) for each in zip(*limits, strict=True)))
    shown |= {
        "bare loop, one core": {"images/s": limit.alone, "CPU ms/image": limit.cpu_ms},
        "bare loop, two cores": {"images/s": limit.together},
    }
    figures = _figures(rows, limit, asked, read.value) | {"bare_loops_images_per_s": limits}
    table.report("preprocess", figures, shown)


def _figures(
    rows: dict[str, Measured], limit: Limit, asked: argparse.Namespace, read: dict[str, Any]
) -> dict[str, Any]:
    few, many = rows[f"{asked.small} small"], rows[f"{asked.many} small"]
    slope = (asked.many - asked.small) / (many.value["seconds"] - few.value["seconds"])
    first, second = rows["first ingest, one core"].value, rows["second ingest, 1 % new"].value
    return {
        "images": asked.images,
        "ratio_to_bare_loop": first["images/s"] / limit.alone,
        "ratio_of_cpu_to_bare_loop": limit.cpu_ms / first["CPU ms/image"],
        "ratio_two_processes": rows["two processes"].value["images/s"] / limit.together,
        "ratio_both_cores_in_memory": rows["in memory, both cores"].value["images/s"] / limit.together,
        "peak_rss_mib": max(row.peak_rss_mib for row in rows.values()),
        "peak_rss_growth": many.peak_rss_mib / few.peak_rss_mib,
        "slope_images_per_s": slope,
        "slope_to_rate_of_few": slope / few.value["images/s"],
        "incremental_cost_share": second["seconds"] / first["seconds"],
        "reader_ratio": read["ratio"],
        "reader_images_per_s": read["reader"],
        "reader_rounds": read["rounds"],
    }


def _first_and_second(large: Path, images: int) -> dict[str, Measured]:
    raw = photographs.link(large, range(images), RAW)
    first = _steps(raw, "first", IN_MEMORY, CORES[:1])
    photographs.link(large, range(images, round(images * (1 + NEW_SHARE))), RAW, fresh=False)
    second = _steps(raw, "first", IN_MEMORY, CORES[:1], fresh=False)
    return {"first ingest, one core": first, "second ingest, 1 % new": second}


def _limit(folder: Path, count: int) -> Limit:
    (alone,) = _bare_loops(folder, count, CORES[:1])
    together = _bare_loops(folder, count, CORES)
    return Limit(alone["images/s"], sum(loop["images/s"] for loop in together), alone["CPU ms/image"])


def _bare_loops(folder: Path, count: int, cores: Sequence[int]) -> list[dict[str, Any]]:
    """One loop on each core, all at the same time, over different pictures."""
    with ThreadPoolExecutor() as pool:
        running = [
            pool.submit(measured, loops.bare, cores=[core], folder=str(folder), first=at * count, count=count)
            for at, core in enumerate(cores)
        ]
        return [run.result().value for run in running]


def _steps(raw: Path, name: str, options: list[str], cores: Sequence[int], fresh: bool = True) -> Measured:
    root = PLACE / f"root-{name}"
    if fresh:
        shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    return measured(
        loops.steps, cores=cores, raw=str(raw.absolute()), data_root=str(root), beam_options=options, data={}
    )


def _peers(folder: Path, count: int) -> dict[str, dict[str, Any]]:
    plain = measured(loops.plain_tfds, cores=CORES, folder=str(folder), count=count)
    theirs = peers.img2dataset(folder, count, PLACE, len(CORES))
    return {"plain TFDS builder": _row(plain), **({"img2dataset, both cores": theirs} if theirs else {})}


def _row(row: Measured) -> dict[str, Any]:
    return {**row.value, "peak RSS MiB": row.peak_rss_mib}


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
