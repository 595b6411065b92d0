import gc
import os

import pytest

from components.errors import InputError
from components.ingest.folder import list_entries
from components.ingest.sheet import Line
from components.manifest import Entry
from components.storage import FileInfo


def test_a_manifest_overrides_what_the_folders_say(ingest, raw_folder):
    (raw_folder / "manifest.csv").write_text("uri,label,source,group\nacme/official/0.jpg,zeta,,shoot-1\n")
    entry = ingest()[1]["acme/official/0.jpg"]
    assert (entry.label, entry.source, entry.group) == ("zeta", "official", "shoot-1")


def test_a_manifest_labels_files_that_no_brand_folder_holds(ingest, raw_folder, save_crop):
    save_crop(str(raw_folder / "loose.jpg"), 0, 50)
    (raw_folder / "manifest.jsonl").write_text('{"uri": "loose.jpg", "label": "acme"}')
    assert ingest()[1]["loose.jpg"].label == "acme"


@pytest.mark.parametrize("uri", ["../secret.jpg", "acme/../../secret.jpg", "/etc/passwd", "gs://other/x.jpg"])
def test_a_manifest_cannot_name_places_outside_the_raw_folder(ingest, raw_folder, uri):
    (raw_folder / "manifest.csv").write_text(f"uri,label\n{uri},acme\n")
    assert ingest()[1][uri].problem == "outside_raw"


def test_a_file_that_only_the_manifest_names_is_missing(ingest, raw_folder):
    (raw_folder / "manifest.csv").write_text("uri\nacme/gone.jpg\n")
    assert ingest()[1]["acme/gone.jpg"].problem == "missing"


def test_links_out_of_the_raw_folder_are_not_followed(ingest, raw_folder, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (raw_folder / "acme/out.jpg").symlink_to(tmp_path / "secret.jpg")
    (raw_folder / "acme/in.jpg").symlink_to(raw_folder / "acme/official/0.jpg")
    (raw_folder / "acme/folder").symlink_to(tmp_path)
    entries = ingest()[1]
    problems = [entries[f"acme/{name}"].problem for name in ("out.jpg", "in.jpg", "folder")]
    assert problems == ["link_not_followed", "", "link_not_followed"]


def test_a_name_that_is_not_unicode_is_told(ingest, raw_folder):
    with open(os.fsencode(raw_folder) + b"/acme/\xff.jpg", "wb") as file:
        file.write(b"x")
    assert ingest()[1]["acme/\\udcff.jpg"].problem == "name_not_unicode"


def test_hidden_files_and_top_level_files_are_no_images(ingest, raw_folder):
    for name in ("ATTRIBUTION.md", "acme/.DS_Store", ".git/objects/1"):
        (raw_folder / name).parent.mkdir(parents=True, exist_ok=True)
        (raw_folder / name).write_text("x")
    assert ingest()[0].images == 16


def test_a_file_is_described_by_a_line_that_spells_its_letters_otherwise(ingest, raw_folder, save_crop):
    save_crop(str(raw_folder / "acme/u\u0308.jpg"), 0, 50)
    (raw_folder / "manifest.csv").write_text("uri,source\nacme/\u00fc.jpg,shop\n", encoding="utf-8")
    entries = ingest()[1]
    assert entries["acme/u\u0308.jpg"].source == "shop"
    assert "acme/\u00fc.jpg" not in entries


def test_a_manifest_that_names_a_file_twice_in_two_spellings_is_refused(ingest, raw_folder):
    (raw_folder / "manifest.csv").write_text("uri\nacme/u\u0308.jpg\nacme/\u00fc.jpg\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"acme/\u00fc[.]jpg is there 2 times"):
        ingest()


@pytest.mark.parametrize("has_manifest", [False, True])
def test_one_entry_is_held_at_a_time(tmp_path, has_manifest):
    (tmp_path / "acme").mkdir()
    for number in range(300):
        (tmp_path / "acme" / f"{number}.jpg").touch()
    if has_manifest:
        lines = "".join(f"acme/{number}.jpg\n" for number in range(300))
        (tmp_path / "manifest.csv").write_text(f"uri\n{lines}")
    held = [
        sum(isinstance(item, (Entry, FileInfo, Line)) for item in gc.get_objects())
        for number, _ in enumerate(list_entries(str(tmp_path)))
        if number % 100 == 0
    ]
    assert len(held) == 3
    assert max(held) < 10
