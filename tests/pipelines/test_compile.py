import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.config import TrainingConfig
from components.errors import StorageError
from pipelines import profiles
from pipelines.compile import compile_training

HEAVY = {"apache_beam", "keras", "keras_tuner", "sklearn", "tensorflow", "tensorflow_datasets", "tuning"}


def compile_in_a_new_process(package: Path) -> set[str]:
    """Compile as `brandlens compile` does; the top-level modules that were loaded for it."""
    code = (
        "import sys; from pipelines.cli import app\n"
        f"try: app(['compile', '--output', {str(package)!r}])\n"
        "except SystemExit: pass\n"
        "print('MODULES', *{name.split('.')[0] for name in sys.modules})"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ended.stdout.splitlines()[-1].split()[1:])


def test_compiling_loads_neither_tensorflow_nor_beam_and_gives_the_same_bytes_in_every_process(tmp_path: Path):
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    loaded = compile_in_a_new_process(first)
    compile_in_a_new_process(second)
    assert "kfp" in loaded
    assert loaded & HEAVY == set()
    assert first.read_bytes() == second.read_bytes()


def test_an_unwritable_place_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"training\.yaml cannot be written: Not a directory"):
        compile_training(TrainingConfig(), profiles.load("local"), tmp_path / "file" / "below" / "training.yaml")


def test_threads_of_one_process_may_compile_at_the_same_time(tmp_path: Path):
    def compiled(number: int) -> bytes:
        return compile_training(TrainingConfig(), profiles.load("local"), tmp_path / f"{number}.yaml").read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(compiled, range(4)))) == 1
