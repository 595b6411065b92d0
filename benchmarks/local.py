"""make bench-local: the demo's pipeline fresh, again with nothing new, and with random weights, in one run.

Needs what `make demo` makes: build/sample and the weights store. Expected on two cores: about ten minutes in all.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks import table

FOLDER = Path("build/bench/local")
SAMPLE = Path("build/sample")


def main() -> None:
    """Run three times and compare."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    demo = yaml.safe_load(Path("examples/demo.yaml").read_text(encoding="utf-8"))
    (FOLDER / "imagenet.yaml").write_text(yaml.safe_dump(demo), encoding="utf-8")
    demo["search"]["weights"] = "none"
    (FOLDER / "none.yaml").write_text(yaml.safe_dump(demo), encoding="utf-8")
    runs = {
        "imagenet": _run("imagenet", "data"),
        "imagenet, again": _run("imagenet", "data"),
        "none (random weights)": _run("none", "data-none"),
    }
    fresh, again = runs["imagenet"], runs["imagenet, again"]
    figures = {
        "ratio_again_to_fresh": again["seconds"] / fresh["seconds"],
        "computed_again": sorted(set(again["summary"]["seconds"]) - set(again["summary"]["reused"])),
        "balanced_accuracy_gain_of_weights": _test(fresh) - _test(runs["none (random weights)"]),
        "balanced_accuracy_above_majority": _test(fresh) - fresh["summary"]["test"]["majority_accuracy"],
        "summaries": {name: run["summary"] for name, run in runs.items()},
    }
    shown = {key: value for key, value in figures.items() if key != "summaries"}
    table.report("local", shown, {name: _row(run) for name, run in runs.items()})
    (FOLDER / "summaries.json").write_text(json.dumps(figures["summaries"], indent=2) + "\n", encoding="utf-8")


def _run(config: str, data_root: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "pipelines", "run-local", str(SAMPLE), "--json"]
    command += ["--config", str(FOLDER / f"{config}.yaml"), "--data-root", str(FOLDER / data_root)]
    started = time.perf_counter()
    # Standard error is the progress that a person may watch.
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {"seconds": time.perf_counter() - started, "summary": json.loads(ended.stdout)}


def _test(run: dict[str, Any]) -> float:
    return float(run["summary"]["test"]["balanced_accuracy"])


def _row(run: dict[str, Any]) -> dict[str, Any]:
    summary = run["summary"]
    return {
        "wall s": run["seconds"],
        "best": f"{summary['best']['backbone']}, {summary['best']['unfrozen_stages']} unfrozen",
        "validation": float(summary["best"]["score"]),
        "test balanced accuracy": _test(run),
        "majority": float(summary["test"]["majority_accuracy"]),
        "verdict": summary["verdict"],
        "steps reused": len(summary["reused"]),
    }


if __name__ == "__main__":
    main()
