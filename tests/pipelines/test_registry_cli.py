"""What a person types to see, promote and roll back registered models."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from components import registry
from components.artifacts import Hyperparameters, TrainedModel, WeightsInfo


def brandlens(*arguments, root):
    return subprocess.run(
        [sys.executable, "-m", "pipelines", "registry", *arguments, "--data-root", str(root)],
        capture_output=True, text=True, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip


@pytest.fixture
def root(tmp_path):
    """A data root in which runs have promoted three models; the second was registered without a score."""
    before = None
    for name, score in (("one", 0.81), ("two", None), ("three", 0.923)):
        folder = tmp_path / name
        (folder / "saved_model").mkdir(parents=True)
        (folder / "model.keras").write_text(name)
        (folder / "saved_model" / "saved_model.pb").write_text(name)
        model = TrainedModel(
            model_id=name, uri=str(folder), snapshot_id="snapshot", labels=("acme", "zeta"), backbone="mobilenet_v2",
            weights=WeightsInfo(backbone="mobilenet_v2", source="none", digest="none", provenance="random"),
            image_side_px=96, history=(), seconds=1.0,
            hyperparameters=Hyperparameters(unfrozen_stages=4, head_width=0, dropout=0.2, learning_rate=0.001),
        )  # fmt: skip
        registry.crown(str(tmp_path / "data"), registry.register(str(tmp_path / "data"), model, score), before)
        before = name
    return tmp_path / "data"


def test_the_list_shows_date_backbone_score_and_the_champion(root):
    head, *lines = brandlens("list", root=root).stdout.splitlines()
    assert head.split() == ["version", "registered", "backbone", "balanced", "accuracy"]
    first, second, _ = (version.registered_at for version in registry.versions(str(root)))
    assert lines[0].split() == ["1", first[:10], first[11:16], "mobilenet_v2", "0.810"]
    assert lines[1].split() == ["2", second[:10], second[11:16], "mobilenet_v2"]
    assert lines[2].split()[3:] == ["mobilenet_v2", "0.923", "champion"]
    assert len(lines) == 3


def test_the_list_is_json_for_scripts(root):
    rows = json.loads(brandlens("list", "--json", root=root).stdout)
    assert [(row["version"], row["test_balanced_accuracy"]) for row in rows] == [(1, 0.81), (2, None), (3, 0.923)]
    assert [row["state"][:8] for row in rows] == ["", "", "champion"]


def test_rolling_back_is_one_command_that_says_what_it_did(root):
    said = brandlens("rollback", root=root)
    assert said.stdout == f"Version 2 is the champion, rolled back from version 3: {root}/registry/versions/000002\n"
    assert registry.champion(str(root)).version == 2
    rows = json.loads(brandlens("list", "--json", root=root).stdout)
    assert [row["state"].split()[:1] for row in rows] == [[], ["champion"], ["withdrawn"]]


def test_a_version_is_promoted_by_its_number_and_shows_when_it_was_served(root):
    said = brandlens("promote", "1", root=root)
    assert said.stdout == f"Version 1 is the champion instead of version 3: {root}/registry/versions/000001\n"
    assert brandlens("promote", "1", root=root).stdout == "Version 1 is the champion already.\n"
    shown = json.loads(brandlens("show", "1", root=root).stdout)
    assert (shown["model_id"], shown["labels"]) == ("one", ["acme", "zeta"])
    assert [reign["how"] for reign in shown["served"]] == ["promoted", "by hand"]
    assert shown["state"].startswith("champion since")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "9"], 65, "There is no version 9"),
        (["promote", "9"], 65, "Registered are: 1, 2, 3."),
        (["promote", "2"], 74, "lacks model.keras and saved_model/saved_model.pb"),
        (["rollback"], 74, "Version 2 cannot be served"),
        (["promote", "0"], 2, "Invalid value"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_changes_nothing(root, arguments, code, said):
    folder = root / "registry" / "versions" / "000002"
    shutil.move(folder / "version.json", root / "kept")
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.move(root / "kept", folder / "version.json")
    ended = brandlens(*arguments, root=root)
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert registry.champion(str(root)).version == 3


@pytest.mark.parametrize("arguments", [["list"], ["show", "1"], ["promote", "1"], ["rollback"]])
def test_without_a_registry_every_command_says_so(tmp_path, arguments):
    ended = brandlens(*arguments, root=tmp_path)
    assert ended.returncode == 65
    assert f"in {tmp_path}" in ended.stderr
    assert os.listdir(tmp_path) == []
