import pytest

from components import storage
from components.ingest import sizes
from components.storage import streams


def folders_of(*uris):
    folders = sizes.Folders()
    for uri in uris:
        folders.add(uri)
    return folders


@pytest.mark.parametrize(
    ("uris", "listed"),
    [
        ([], []),
        (["gs://b/raw/x/1.jpg"], ["gs://b/raw/x"]),
        (["gs://b/raw/x/1.jpg", "gs://b/raw/y/z/2.jpg"], ["gs://b/raw/x", "gs://b/raw/y/z"]),
        (["gs://b/raw/1.jpg", "gs://b/raw/y/z/2.jpg"], ["gs://b/raw"]),
        (["gs://b/1.jpg", "gs://c/2.jpg", "/data/3.jpg"], ["/data", "gs://b", "gs://c"]),
        ([f"/data/raw/{n}/1.jpg" for n in range(sizes.FEW)], sorted(f"/data/raw/{n}" for n in range(sizes.FEW))),
        ([f"/data/raw/{n}/1.jpg" for n in range(sizes.FEW + 1)], ["/data/raw"]),
    ],
)
def test_few_folders_hold_everything(uris, listed):
    assert list(folders_of(*uris)) == listed


def test_a_folder_that_is_listed_takes_in_what_lies_below_it():
    assert list(folders_of("/data/a/b/c/1.jpg", "/data/a/1.jpg", "/data/a/x/2.jpg")) == ["/data/a"]


def test_files_that_share_a_folder_cost_one_listing(bucket, tmp_path, monkeypatch):
    for root in (f"{bucket}/raw", str(tmp_path / "raw")):
        for number in range(3):
            storage.write_text(f"{root}/{number}.jpg", "x" * number)
    listed, scan = [], streams.scan
    monkeypatch.setattr(streams, "scan", lambda root, passing_over: listed.append(root) or scan(root, passing_over))
    wanted = folders_of(f"{bucket}/raw/1.jpg", f"{bucket}/raw/9.jpg", f"{tmp_path}/raw/2.jpg", f"{tmp_path}/raw/5.jpg")
    assert sorted((info.uri, info.size) for info in wanted.files()) == sorted(
        (f"{root}/raw/{number}.jpg", number) for root in (str(tmp_path), bucket) for number in range(3)
    )
    assert listed == [f"{tmp_path}/raw", f"{bucket}/raw"]


def test_folders_that_are_not_there_and_linked_ones_have_no_files(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/link").symlink_to(tmp_path)
    assert list(folders_of(f"{tmp_path}/raw/1.jpg", f"{tmp_path}/gone/1.jpg").files()) == []
