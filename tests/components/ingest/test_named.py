import os

import pytest

from components import storage
from components.errors import InputError
from components.ingest.named import list_entries
from components.storage import bucket as bucket_module
from components.storage import streams


@pytest.fixture
def listed(tmp_path):
    """Rows of a manifest in tmp_path/sheets -> entries by path; the data root is tmp_path/root."""

    def call(*rows, roots=()):
        (tmp_path / "sheets").mkdir(exist_ok=True)
        file = tmp_path / "sheets/brands.csv"
        file.write_text("\n".join(["uri,label,source,group,captured_at", *rows]))
        entries = list_entries(str(file), [str(root) for root in roots], str(tmp_path / "root"))
        return {entry.path: entry for entry in entries}

    return call


def put(path, content=b"bytes"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_an_address_is_relative_to_the_manifest_and_folders_fill_in_what_it_leaves_out(listed, tmp_path):
    put(tmp_path / "sheets/acme/instagram/anna/1.jpg")
    (entry,) = listed("acme/instagram/anna/1.jpg,,,,2024-05-31").values()
    assert (entry.path, entry.label, entry.source, entry.group, entry.size, entry.captured_at, entry.problem) == (
        "acme/instagram/anna/1.jpg", "acme", "instagram", "acme/instagram/anna", 5, "2024-05-31", "",
    )  # fmt: skip


def test_an_image_elsewhere_is_named_by_its_whole_address(listed, tmp_path):
    image = put(tmp_path / "disk/acme/official/1.jpg")
    (entry,) = listed(f"{image},zeta", roots=[tmp_path / "disk"]).values()
    # The folders of another place are not the layout of the manifest's.
    assert (entry.path, entry.uri, entry.label, entry.source) == (str(image), str(image), "zeta", "")
    assert entry.version == str(os.stat(image).st_mtime_ns)


def test_without_roots_only_the_folder_of_the_manifest_is_read(listed, tmp_path):
    image = put(tmp_path / "disk/1.jpg")
    entry = listed(f"{image},acme")[str(image)]
    assert entry.problem == "outside_raw"
    assert "data.allowed_roots" in entry.detail


@pytest.mark.parametrize(
    "uri", ["../disk/1.jpg", "acme/../../disk/1.jpg", "https://example.org/1.jpg", "file:///etc/passwd", "s3://b/1.jpg"]
)
def test_addresses_that_go_up_and_other_schemes_are_refused(listed, tmp_path, uri):
    put(tmp_path / "disk/1.jpg")
    assert listed(f"{uri},acme", roots=[tmp_path / "disk"])[uri].problem == "outside_raw"


def test_a_folder_whose_name_begins_like_a_root_is_not_in_it(listed, tmp_path):
    image = put(tmp_path / "disk2/1.jpg")
    assert listed(f"{image},acme", roots=[tmp_path / "disk"])[str(image)].problem == "outside_raw"


def test_links_are_followed_inside_the_roots_only(listed, tmp_path):
    put(tmp_path / "secret/1.jpg")
    image = put(tmp_path / "disk/1.jpg")
    (tmp_path / "sheets/acme").mkdir(parents=True)
    (tmp_path / "sheets/acme/out").symlink_to(tmp_path / "secret")
    (tmp_path / "sheets/acme/out.jpg").symlink_to(tmp_path / "secret/1.jpg")
    (tmp_path / "sheets/acme/in.jpg").symlink_to(image)
    entries = listed("acme/out/1.jpg", "acme/out.jpg", "acme/in.jpg", roots=[tmp_path / "disk"])
    assert {path: entry.problem for path, entry in entries.items()} == {
        "acme/out/1.jpg": "link_not_followed",
        "acme/out.jpg": "link_not_followed",
        "acme/in.jpg": "",
    }
    assert entries["acme/in.jpg"].uri == str(image)


def test_a_root_may_itself_be_a_link(listed, tmp_path):
    image = put(tmp_path / "disk/1.jpg")
    (tmp_path / "mnt").symlink_to(tmp_path / "disk")
    entry = listed(f"{tmp_path}/mnt/1.jpg,acme", roots=[tmp_path / "mnt"])[f"{tmp_path}/mnt/1.jpg"]
    assert (entry.problem, entry.uri) == ("", str(image))


def test_what_we_wrote_ourselves_is_no_image(listed, tmp_path):
    image = put(tmp_path / "root/raw/1.jpg")
    entry = listed(f"{image},acme", roots=[tmp_path])[str(image)]
    assert (entry.problem, entry.detail) == ("outside_raw", f"lies in the data root {tmp_path}/root")


def test_a_file_that_is_not_there_is_missing(listed):
    assert listed("gone.jpg,acme")["gone.jpg"].problem == "missing"


def test_lines_without_a_brand_and_files_that_are_named_twice_are_told_together(listed, tmp_path):
    image = put(tmp_path / "sheets/acme/1.jpg")
    with pytest.raises(InputError) as error:
        listed("1.jpg", "acme/1.jpg,acme", f"{image},zeta")
    assert str(error.value).splitlines() == [
        "brands.csv cannot be used:",
        "  - line 2 has no label (1.jpg)",
        "  - acme/1.jpg is there 2 times",
    ]


def test_images_in_buckets_are_listed_and_not_opened(bucket, monkeypatch, tmp_path):
    for name in ("x/1.jpg", "x/2.jpg", "other/3.jpg"):
        storage.write_text(f"{bucket}/{name}", name)
    uris = [f"{bucket}/x/1.jpg", f"{bucket}/x/2.jpg", f"{bucket}/gone/1.jpg", "gs://other/1.jpg"]
    storage.write_text(f"{bucket}/sheet.jsonl", "\n".join(f'{{"uri": "{uri}", "label": "acme"}}' for uri in uris))
    opened, read = [], bucket_module.open_read
    monkeypatch.setattr(bucket_module, "open_read", lambda uri: opened.append(uri) or read(uri))
    monkeypatch.setattr(storage, "read_bytes", opened.append)
    entries = list(list_entries(f"{bucket}/sheet.jsonl", [], str(tmp_path)))
    assert {entry.uri: entry.problem for entry in entries} == {
        uris[0]: "", uris[1]: "", uris[2]: "missing", uris[3]: "outside_raw",
    }  # fmt: skip
    assert [entry.path for entry in entries] == ["gone/1.jpg", "gs://other/1.jpg", "x/1.jpg", "x/2.jpg"]
    assert opened == [f"{bucket}/sheet.jsonl"]


def test_the_content_of_an_object_is_named_by_its_listing(bucket, tmp_path):
    storage.write_bytes(f"{bucket}/a", b"abc")
    storage.write_text(f"{bucket}/sheet.csv", "uri,label\na,acme\n")
    (entry,) = list_entries(f"{bucket}/sheet.csv", [], str(tmp_path))
    assert entry.checksum == "900150983cd24fb0d6963f7d28e17f72"  # RFC 1321, A.5


def test_two_addresses_of_one_file_are_two_images_of_its_size(listed, tmp_path):
    image = put(tmp_path / "disk/1.jpg")
    (tmp_path / "mnt").symlink_to(tmp_path / "disk")
    entries = listed(f"{image},acme", f"{tmp_path}/mnt/1.jpg,zeta", roots=[tmp_path / "mnt", tmp_path / "disk"])
    assert [(entry.label, entry.uri, entry.size) for entry in entries.values()] == [
        ("acme", str(image), 5), ("zeta", str(image), 5),
    ]  # fmt: skip


def test_letters_may_be_spelled_apart_on_the_disk(listed, tmp_path):
    apart, whole = "u\u0308.jpg", "\u00fc.jpg"
    put(tmp_path / "sheets/acme" / apart)
    (entry,) = listed(f"acme/{whole},").values()
    assert (entry.path, entry.uri, entry.problem) == (f"acme/{whole}", f"{tmp_path}/sheets/acme/{apart}", "")


def test_nothing_is_listed_for_a_manifest_that_cannot_be_used(listed, monkeypatch):
    monkeypatch.setattr(streams, "scan", lambda *_: pytest.fail("listed"))
    with pytest.raises(InputError, match="there 2 times"):
        listed("acme/1.jpg,", "acme/1.jpg,")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_told(listed, tmp_path):
    folder = put(tmp_path / "sheets/acme/1.jpg").parent
    folder.chmod(0)
    try:
        assert listed("acme/1.jpg,acme")["acme/1.jpg"].problem == "unreadable"
    finally:
        folder.chmod(0o755)
