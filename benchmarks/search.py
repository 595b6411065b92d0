"""make bench-search: the search against plain KerasTuner, and against the limit that arithmetic gives.

Same images (the sample's drawings at 96 pixels), same points (drawn once from the default space without augmentation),
same epochs and seed for every arm, each in a process of its own on the same cores:
1. The same work: no early stopping, no halving. Plain trains the whole network from pixels; ours trains from stored
   features (float16, the default), head-only trials together. The limit is a forward pass of all images once, and
   compiled steps of what lies above each cut.
2. The same result: until plain's best score is reached, ours with halving and its own oracle. Over three seeds, each of
   which gives plain other points, and both other trainings. The drawings are easy, so that plain's best comes early;
   benchmarks/race.py runs the same race on more of them, and on photographs.
3. A second search after 5 % new images: what its features cost beside the first one's, of as many drawings as the demo
   has, and of all that there are.
A run that was cut short goes on where it was; --fresh begins anew.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from benchmarks import child, race, sample_task, search_figures, search_limit, search_ours, table
from benchmarks.search_state import State
from benchmarks.search_task import BACKBONES, SEED, Task


def main() -> None:
    """Measure what is not measured yet, and write build/bench/search.json."""
    options = _options()
    names, images = (BACKBONES[:1], min(options.images, 120)) if options.quick else (BACKBONES, options.images)
    task = Task.sized(options.quick, options.sample, images)
    state = State.of(table.FOLDER / "search", [asdict(task), names, task.drawn(names)], fresh=options.fresh)
    arms = Arms(task, (200,) if options.quick else tuple(options.increment_images), names, state)
    print(f"{images} images, {task.trials} trials of {task.epochs} epochs for each of {', '.join(names)}", flush=True)
    started = time.monotonic()
    figures, rows = search_figures.summary(arms.measured(), names, task)
    search = {**asdict(task), "quick": options.quick, **figures}
    table.report(
        "search-quick" if options.quick else "search",
        {**search, "seconds_of_this_run": time.monotonic() - started},
        rows,
    )


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sample", default="build/sample", help="what `brandlens sample-data` wrote")
    arguments.add_argument("--images", type=int, default=128)
    arguments.add_argument(
        "--increment-images",
        type=int,
        nargs="+",
        default=(800, 2 * sample_task.ALL),
        help="of the second search, the new ones among them; the first number is the headline",
    )
    arguments.add_argument("--quick", action="store_true", help="one small backbone, few points: does it run?")
    arguments.add_argument("--fresh", action="store_true", help="forget what an earlier run has measured")
    return arguments.parse_args()


@dataclass(frozen=True)
class Arms:
    """Everything that is measured."""

    task: Task
    increments: tuple[int, ...]  # images of a second search
    names: tuple[str, ...]
    state: State

    def measured(self) -> dict[str, Any]:
        """By arm, then by backbone, seed, or images of the second search and backbone."""
        found: dict[str, dict[str, Any]] = {"plain": {}, "ours": {}, "limit": {}, "noise": {}, "increment": {}}
        for name in self.names:
            cache = str(self.state.folder / f"features-{name}")
            found["ours"][name] = self._of("ours", search_ours.same_work, name, cache=cache)
            found["limit"][name] = self._of("limit", search_limit.limit, name)
            found["plain"][name] = race.plain(self.task, name, SEED, self.state)
            found["noise"][name] = self._of("noise", search_ours.noise, name, cache=cache)
        found["race"] = race.races(self.task, self.names, self.state)
        for images in self.increments:
            found["increment"][str(images)] = {
                name: self.state.once(f"increment-{images}-{name}", partial(self._increment, images, name))
                for name in self.names
            }
        return found

    def _of(self, arm: str, function: Callable[..., dict[str, Any]], name: str, **others: Any) -> dict[str, Any]:
        return self.state.measured(f"{arm}-{name}", function, {"task": asdict(self.task), "backbone": name, **others})

    def _increment(self, images: int, name: str) -> dict[str, Any]:
        sample = str(sample_task.folder_of(images // 2))
        cache = str(self.state.folder / f"increments-{name}")
        given = {"task": asdict(replace(self.task, place=sample, images=images)), "backbone": name, "cache": cache}
        pair = {part: child.of_all_cores(search_ours.increment, {**given, "part": part}) for part in ("first", "later")}
        shutil.rmtree(cache)
        return pair


if __name__ == "__main__":
    main()
