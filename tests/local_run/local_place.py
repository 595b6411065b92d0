"""A place where a small local run happens: for the tests in processes and for those in containers."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import yaml

# Small enough for a test, large enough for every split to hold every brand; nobody learns from random weights in one
# epoch, so the gate asks for nothing.
CONFIG = {
    "data": {"stored_side_px": 64},
    "check": {"min_images_per_class": 10, "min_test_images_per_class": 1, "min_validation_images_per_class": 1},
    "search": {
        "backbones": ["mobilenet_v2", "vgg16"],
        "weights": "none",
        "image_side_px": 32,
        "unfrozen_stages": [0, 1],
        "head_width": [0],
        "trials": 2,
        "epochs": 1,
    },
    "train": {"epochs": 1},
    "gate": {"min_balanced_accuracy": 0, "min_lift": 0},
}


class Place:
    """A folder of images, which places may share, a configuration and a data root."""

    def __init__(self, folder: Path, raw: Path | None = None) -> None:
        self.raw, self.data, self.config = raw or folder / "raw", folder / "data", folder / "config.yaml"
        self.config.write_text(yaml.safe_dump(CONFIG))

    def command(self, *more: str) -> list[str]:
        """What a person would type, and more."""
        return [
            sys.executable, "-m", "pipelines", "run-local", str(self.raw), "--config", str(self.config),
            "--data-root", str(self.data), *more,
        ]  # fmt: skip

    def start(self, *more: str) -> subprocess.Popen[str]:
        """A run beside the test, both its outputs in one. Ctrl-C reaches it even where the tests' own is ignored."""
        return subprocess.Popen(
            self.command(*more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def run(self, *more: str) -> dict:
        """The summary of a run that must end well."""
        ended = subprocess.run(self.command("--json", *more), capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)
