"""make bench-compile: how long compiling takes from a shell, what it imports, and whether its bytes are the same.

Measures whole processes: interpreter start, imports, compiling, writing.
"""

from __future__ import annotations

import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import table

REPEATS = 5
LIST_IMPORTS = """
import sys
from pipelines.cli import app
try:
    app(["compile", "--output", sys.argv[1]])
except SystemExit:
    pass
print(" ".join(sorted({name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names))))
"""


def main() -> None:
    """Compile for every server profile a few times, each in a new process."""
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for profile in ("kubeflow", "vertex"):
            seconds, digests, size = _compile_often(profile, Path(folder, f"{profile}.yaml"))
            rows[profile] = {
                "median s": statistics.median(seconds),
                "slowest s": max(seconds),
                "bytes": size,
                "different outputs": len(digests),
            }
        listing = subprocess.run(
            [sys.executable, "-c", LIST_IMPORTS, str(Path(folder, "x.yaml"))],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    modules = [name for name in listing.stdout.splitlines()[-1].split() if not name.startswith("_")]
    table.report("compile", {"repeats": REPEATS, "modules": " ".join(modules)}, rows)


def _compile_often(profile: str, package: Path) -> tuple[list[float], set[str], int]:
    seconds, digests = [], set()
    for _ in range(REPEATS):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "pipelines", "compile", "--profile", profile, "--output", str(package)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        seconds.append(time.perf_counter() - started)
        digests.add(hashlib.sha256(package.read_bytes()).hexdigest())
    return seconds, digests, package.stat().st_size


if __name__ == "__main__":
    main()
