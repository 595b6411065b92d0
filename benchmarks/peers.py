"""img2dataset on the same pictures: in an environment of its own, reading this disk by file:// addresses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import photographs

VERSION = "1.47.0"


def img2dataset(folder: Path, count: int, place: Path, cores: int) -> dict[str, Any] | None:
    """Its rate with as many processes as cores, or None if it cannot be installed.

    It has no stretching and no draft: it crops to the middle, and decodes all pixels with OpenCV.
    """
    program = _installed(place / "img2dataset")
    if program is None:
        return None
    urls, output = place / "urls.txt", place / "img2dataset.out"
    chosen = photographs.files(folder)[:count]
    urls.write_text("".join(f"file://{path.absolute()}\n" for path in chosen), encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    started = time.perf_counter()
    subprocess.run(
        [
            str(program), f"--url_list={urls}", "--input_format=txt", f"--output_folder={output}",
            "--output_format=webdataset", "--image_size=256", "--resize_mode=center_crop", "--encode_quality=98",
            f"--processes_count={cores}", "--thread_count=8", "--enable_wandb=False",
            f"--number_sample_per_shard={-(-len(chosen) // cores)}", "--disallowed_header_directives=[]",
        ],
        check=True, env={**os.environ, "NO_ALBUMENTATIONS_UPDATE": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    stats = [json.loads(path.read_text(encoding="utf-8")) for path in output.glob("*_stats.json")]
    done = sum(stat["successes"] for stat in stats)
    working = max(stat["end_time"] for stat in stats) - min(stat["start_time"] for stat in stats)
    return {"images": done, "seconds": seconds, "images/s": done / seconds, "images/s working": done / working}


def _installed(venv: Path) -> Path | None:
    program = venv / "bin" / "img2dataset"
    if program.exists():
        return program
    uv = str(Path(sys.executable).with_name("uv"))
    env = {**os.environ, "VIRTUAL_ENV": str(venv)}
    for command in (["venv", "--quiet", str(venv)], ["pip", "install", "--quiet", f"img2dataset=={VERSION}"]):
        if subprocess.run([uv, *command], env=env, check=False).returncode:
            print("img2dataset could not be installed; its row is left out", file=sys.stderr)
            return None
    return program
