import pytest

from components import storage
from components.ingest import sizes


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
    assert sizes.folders(uris) == listed


def test_files_that_share_a_folder_cost_one_listing(bucket, tmp_path, monkeypatch):
    for root in (f"{bucket}/raw", str(tmp_path / "raw")):
        for number in range(7):
            storage.write_text(f"{root}/{number}.jpg", "x" * number)
    listed, list_files = [], storage.list_files
    monkeypatch.setattr(storage, "list_files", lambda root: listed.append(root) or list_files(root))
    wanted = [f"{bucket}/raw/1.jpg", f"{bucket}/raw/9.jpg", f"{tmp_path}/raw/2.jpg", f"{tmp_path}/raw/5.jpg"]
    found = {uri: info.size for uri, info in sizes.find(wanted).items()}
    assert found == {wanted[0]: 1, wanted[2]: 2, wanted[3]: 5}
    assert listed == [f"{tmp_path}/raw", f"{bucket}/raw"]


def test_a_listing_names_the_content_of_an_object(bucket):
    storage.write_bytes(f"{bucket}/a", b"abc")
    assert sizes.find([f"{bucket}/a"])[f"{bucket}/a"].checksum == "900150983cd24fb0d6963f7d28e17f72"  # RFC 1321, A.5
