import os
import signal
import subprocess
import sys

import pytest

from components import registry, storage
from components.errors import StorageError


@pytest.fixture
def exported(tmp_path, make_model):
    """A model's name -> a trained model with files of its own."""

    def make(model_id):
        folder = tmp_path / "trained" / model_id
        (folder / "saved_model" / "variables").mkdir(parents=True)
        (folder / "model.keras").write_text(f"keras of {model_id}")
        (folder / "saved_model" / "saved_model.pb").write_text(f"graph of {model_id}")
        (folder / "saved_model" / "variables" / "data").write_text(f"numbers of {model_id}")
        return make_model(folder, model_id)

    return make


@pytest.fixture
def root(tmp_path):
    return str(tmp_path / "data")


def test_there_is_no_champion_before_the_first_promotion(root):
    assert registry.champion(root) is None
    assert registry.versions(root) == []


def test_a_registered_model_is_not_yet_the_champion(root, exported):
    assert registry.register(root, exported("first")).version == 1
    assert registry.champion(root) is None


def test_the_champion_is_the_one_that_was_crowned(root, exported):
    first = registry.register(root, exported("first"))
    registry.crown(root, first, instead_of=None)
    second = registry.register(root, exported("second"))
    registry.crown(root, second, instead_of="first")
    assert registry.champion(root) == second
    assert second.version == 2


def test_a_version_holds_a_copy_of_every_file(root, exported):
    record = registry.register(root, exported("first"))
    assert record.uri.endswith("/registry/versions/000001")
    for name in ("model.keras", "saved_model/saved_model.pb", "saved_model/variables/data"):
        assert storage.read_text(f"{record.uri}/{name}").endswith("of first")


def test_the_same_model_again_is_the_same_version(root, exported):
    model = exported("first")
    assert registry.register(root, model) == registry.register(root, model)
    assert len(registry.versions(root)) == 1


def test_versions_are_in_order_of_number(root, exported):
    for number in range(11):
        registry.register(root, exported(f"model{number}"))
    assert [record.version for record in registry.versions(root)] == list(range(1, 12))


def test_a_copy_that_was_cut_short_is_invisible_and_goes_on_under_its_number(root, exported, monkeypatch):
    first, second = exported("first"), exported("second")
    whole = storage.copy_folder

    def cut_short(source, target):
        storage.write_text(f"{target}/model.keras", "half")
        raise StorageError("no space")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "copy_folder", cut_short)
        with pytest.raises(StorageError):
            registry.register(root, first)
    assert registry.versions(root) == []
    assert storage.copy_folder is whole
    assert registry.register(root, second).version == 2  # the first number is taken by a push that may still work
    record = registry.register(root, first)
    assert record.version == 1
    assert storage.read_text(f"{record.uri}/model.keras") == "keras of first"


def test_a_killed_push_leaves_nothing_that_a_reader_believes(root, exported):
    model = exported("first")
    code = (
        "import os, signal, sys\n"
        "from components import registry, storage\n"
        "from components.artifacts import TrainedModel\n"
        "write = storage.write_text\n"
        "def killed(uri, text):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "storage.write_text = killed\n"
        "registry.register(sys.argv[1], TrainedModel.read(sys.argv[2]))\n"
    )
    path = os.path.join(root, "..", "model.json")
    model.write(path)
    done = subprocess.run([sys.executable, "-c", code, root, path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert registry.versions(root) == []
    assert registry.register(root, model).version == 1


def test_a_verdict_about_another_champion_is_refused(root, exported):
    registry.crown(root, registry.register(root, exported("first")), instead_of=None)
    late = registry.register(root, exported("late"))
    with pytest.raises(registry.StaleVerdictError, match="with no champion, but the champion is now model first"):
        registry.crown(root, late, instead_of=None)
    assert registry.champion(root).model_id == "first"


def test_of_two_that_race_one_wins_and_the_other_is_told(root, exported, monkeypatch):
    mine, theirs = registry.register(root, exported("mine")), registry.register(root, exported("theirs"))
    read = storage.read_versioned

    def overtaken(uri):
        seen = read(uri)
        monkeypatch.setattr(storage, "read_versioned", read)
        registry.crown(root, theirs, instead_of=None)
        return seen

    monkeypatch.setattr(storage, "read_versioned", overtaken)
    with pytest.raises(registry.StaleVerdictError, match="model theirs"):
        registry.crown(root, mine, instead_of=None)
    assert registry.champion(root).model_id == "theirs"


def test_crowning_the_champion_once_more_changes_nothing(root, exported):
    record = registry.register(root, exported("first"))
    registry.crown(root, record, instead_of=None)
    registry.crown(root, record, instead_of=None)
    assert registry.champion(root) == record


def test_a_data_root_that_was_moved_keeps_its_champion(root, exported, tmp_path):
    registry.crown(root, registry.register(root, exported("first")), instead_of=None)
    moved = str(tmp_path / "elsewhere")
    os.rename(root, moved)
    assert registry.champion(moved).uri == f"{moved}/registry/versions/000001"


def test_a_damaged_pointer_is_named(root):
    storage.write_text(f"{root}/registry/champion.json", "{}")
    with pytest.raises(StorageError, match=r"champion.json is damaged"):
        registry.champion(root)
