import os
import signal
import subprocess
import sys
import threading

import pytest

from components import registry, storage
from components.errors import StorageError


@pytest.fixture(params=["disk", "bucket"])
def root(request, tmp_path):
    return str(tmp_path / "data") if request.param == "disk" else f"{request.getfixturevalue('bucket')}/data"


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


def test_a_killed_push_leaves_nothing_that_a_reader_believes(root, exported, tmp_path):
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
    path = str(tmp_path / "model.json")
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


def test_a_data_root_that_was_moved_keeps_its_champion(exported, tmp_path):
    root = str(tmp_path / "data")
    registry.crown(root, registry.register(root, exported("first")), instead_of=None)
    moved = str(tmp_path / "elsewhere")
    os.rename(root, moved)
    assert registry.champion(moved).uri == f"{moved}/registry/versions/000001"


def test_the_pointer_knows_who_was_served_before(root, exported):
    assert registry.served(root) == (None, "")
    for number, name in enumerate(("first", "second")):
        registry.crown(root, registry.register(root, exported(name)), instead_of="first" if number else None)
    now, _ = registry.served(root)
    assert [(reign.version, reign.model_id, reign.how) for reign in now.reigns] == [
        (1, "first", "promoted"),
        (2, "second", "promoted"),
    ]


def test_a_pointer_from_before_reigns_were_kept_is_its_own_first(root, exported):
    first = registry.register(root, exported("first"))
    storage.write_text(f"{root}/registry/champion.json", first.model_dump_json(exclude={"test_balanced_accuracy"}))
    now, _ = registry.served(root)
    assert [(reign.version, reign.since) for reign in now.reigns] == [(1, first.registered_at)]
    registry.crown(root, registry.register(root, exported("second")), instead_of="first")
    assert [reign.version for reign in registry.served(root)[0].reigns] == [1, 2]


def test_a_version_keeps_the_score_that_it_was_registered_with(root, exported):
    assert registry.register(root, exported("first"), 0.875).test_balanced_accuracy == 0.875
    assert registry.register(root, exported("second")).test_balanced_accuracy is None
    assert [record.test_balanced_accuracy for record in registry.versions(root)] == [0.875, None]


def test_two_pushes_at_the_same_time_get_two_numbers_and_one_crown(root, exported):
    ended = {}

    def push(name):
        try:
            registry.crown(root, registry.register(root, exported(name)), instead_of=None)
            ended[name] = "crowned"
        except registry.StaleVerdictError:
            ended[name] = "told"

    threads = [threading.Thread(target=push, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended.values()) == ["crowned", "told"]
    assert [record.version for record in registry.versions(root)] == [1, 2]
    assert ended[registry.champion(root).model_id] == "crowned"


def test_a_damaged_pointer_is_named(root):
    storage.write_text(f"{root}/registry/champion.json", "{}")
    with pytest.raises(StorageError, match=r"champion.json is damaged"):
        registry.champion(root)
