import pytest
from typer.testing import CliRunner

from components import manifest
from components.artifacts import Snapshot
from components.errors import InputError
from pipelines.cli import app


@pytest.fixture
def erase(make_snapshot, tmp_path, monkeypatch):
    """(arguments) -> what the command prints; the data root is tmp_path/root, with a snapshot of 16 images."""
    monkeypatch.setenv("BRANDLENS_INCREMENTS", str(tmp_path / "shards"))
    monkeypatch.setenv("BRANDLENS_FEATURES", str(tmp_path / "features"))

    def call(*arguments):
        arguments = ["erase", "--data-root", str(tmp_path / "root"), *arguments]
        return CliRunner().invoke(app, arguments, catch_exceptions=False).output

    return call


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_dry_run_says_where_an_image_is_held_and_changes_nothing(erase, make_snapshot, tmp_path):
    made = Snapshot.read(make_snapshot(32))
    before = files(tmp_path / "root")
    said = erase("--uri", "acme/official/0.jpg", "--dry-run").splitlines()
    assert said[0] == "1 images: acme/official/0.jpg"
    assert said[1] == f"1 records of increment {made.increments[0].increment_id}: {made.increments[0].uri}"
    assert said[-1] == "Nothing was changed."
    assert files(tmp_path / "root") == before


def test_what_a_file_names_is_erased(erase, make_snapshot, tmp_path):
    made = Snapshot.read(make_snapshot(32))
    rows = {row.path: row for row in manifest.read_rows(made.manifest_uri)}
    (tmp_path / "gone.txt").write_text(f"# asked\n{rows['acme/official/0.jpg'].id}\nzeta/official/2.jpg\n")
    assert "Erased, and refused from now on." in erase("--takedown", str(tmp_path / "gone.txt"))
    (pointer,) = (tmp_path / "root/snapshots").glob("*/*/snapshot.json")
    after = manifest.read_rows(Snapshot.read(str(pointer)).manifest_uri)
    assert [row.path for row in after if row.reason == "taken_down"] == ["acme/official/0.jpg", "zeta/official/2.jpg"]


def test_an_id_that_nothing_holds_is_refused_from_now_on(erase, make_snapshot, tmp_path):
    make_snapshot(32)
    assert "Nothing here holds them." in erase("--id", "a" * 64)
    assert "a" * 64 in (tmp_path / "root/erased.txt").read_text()
    assert len(list((tmp_path / "root/snapshots").glob("*/*/snapshot.json"))) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name what to erase"),
        (["--id", "abc"], "64 hexadecimal digits, not abc"),
        (["--uri", "acme/none.jpg"], "Nothing is held"),
    ],
)
def test_what_cannot_be_erased_is_told(erase, make_snapshot, arguments, said):
    make_snapshot(32)
    with pytest.raises(InputError, match=said):
        erase(*arguments)
