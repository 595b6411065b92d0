import os
from pathlib import Path

import pytest

from components import learned, manifest, snapshot, storage
from components.artifacts import Increment, Listing, Snapshot
from components.config import DataConfig
from components.ingest.step import run
from components.manifest import Row


def test_every_image_is_listed_with_what_its_folders_say(ingest, raw_folder):
    listing, entries = ingest()
    assert (listing.images, listing.new_images, listing.removed_images) == (16, 16, 0)
    entry = entries["zeta/instagram/1.jpg"]
    assert (entry.label, entry.source, entry.group, entry.problem) == ("zeta", "instagram", "", "")
    assert entry.size == os.path.getsize(raw_folder / "zeta/instagram/1.jpg")


def test_no_image_is_opened(ingest, raw_folder, monkeypatch):
    (raw_folder / "acme/x.jpg").write_bytes(b"no image at all")
    opened = []
    monkeypatch.setattr(storage, "read_bytes", lambda uri: opened.append(uri) or Path(uri).read_bytes())
    assert ingest()[0].images == 17
    assert not [uri for uri in opened if uri.startswith(str(raw_folder))]


def test_an_unchanged_folder_gives_the_same_listing_unwritten(ingest, raw_folder, tmp_path):
    first = run(str(raw_folder), str(tmp_path / "root"), {})
    written = os.stat(first).st_mtime_ns
    assert run(str(raw_folder), str(tmp_path / "root"), {"min_new_images": 0}) == first
    assert os.stat(first).st_mtime_ns == written


def test_a_changed_file_gives_another_listing(ingest, raw_folder):
    first, _ = ingest()
    os.utime(raw_folder / "acme/official/0.jpg", ns=(1, 1))
    assert ingest()[0].digest != first.digest


def test_other_data_settings_give_another_lineage(ingest):
    assert ingest()[0].lineage != ingest(stored_side_px=128)[0].lineage


def test_only_the_named_classes_are_listed(ingest, raw_folder, save_crop):
    save_crop(str(raw_folder / "omni/1.jpg"), 0, 60)
    assert ingest()[0].images == 17
    assert ingest(classes=["acme", "zeta"])[0].images == 16


def publish_base(raw_folder, root, paths, gone=()):
    lineage = snapshot.lineage(str(raw_folder), DataConfig())
    rows = [
        Row(
            path, "", "acme", "", "", os.path.getsize(raw_folder / path), str(os.stat(raw_folder / path).st_mtime_ns),
            status="admitted",
        )
        for path in paths
    ]  # fmt: skip
    manifest_uri = str(root / "base.parquet")
    gone = [Row(path, "", "acme", "", "", 1, "1", id=path, status="admitted", increment="i") for path in gone]
    manifest.write_rows(manifest_uri, [*rows, *gone])
    base = Snapshot(
        snapshot_id="s", uri=str(root / "base.json"), manifest_uri=manifest_uri, labels=("acme",),
        increments=(Increment(increment_id="i", uri="u", counts={}),), stored_side_px=256, counts={}, quarantined={},
        duplicates=0, new_images=1, seconds=1.0,
    )  # fmt: skip
    snapshot.set_latest(str(root), lineage, snapshot.publish(base))
    learned.mark(str(root), "s", "m")


def test_new_and_removed_images_are_counted_against_the_newest_snapshot(ingest, raw_folder, tmp_path):
    publish_base(raw_folder, tmp_path / "root", ["acme/official/0.jpg", "acme/official/2.jpg"], ["acme/gone.jpg"])
    listing, _ = ingest()
    assert (listing.new_images, listing.removed_images) == (14, 1)
    assert listing.base_snapshot_uri == str(tmp_path / "root/base.json")


@pytest.mark.parametrize(("bar", "goes_on"), [(14, True), (15, False)])
def test_too_few_new_images_end_the_run_early(raw_folder, tmp_path, bar, goes_on):
    publish_base(raw_folder, tmp_path / "root", ["acme/official/0.jpg", "acme/official/2.jpg"])
    assert bool(run(str(raw_folder), str(tmp_path / "root"), {"min_new_images": bar})) is goes_on


def test_the_first_ingest_goes_on_however_few_images_there_are(raw_folder, tmp_path):
    assert run(str(raw_folder), str(tmp_path / "root"), {"min_new_images": 1000})


def snapshot_of(raw, root, tmp_path, beam_options, *, is_learned=True, **data):
    """Both data steps, and the word that a run has learned from them; the rows by path, None if it ended early."""
    from components.preprocess.step import run as preprocess

    uri = run(str(raw), str(root), {"stored_side_px": 32, **data})
    if not uri:
        return None
    preprocess(uri, str(root), {"stored_side_px": 32, **data}, beam_options, str(tmp_path / "snapshot.json"))
    made = Snapshot.read(str(tmp_path / "snapshot.json"))
    if is_learned:
        learned.mark(str(root), made.snapshot_id, "m")
    return {row.path: row for row in manifest.read_rows(made.manifest_uri)}


def test_touched_and_copied_files_are_not_new(raw_folder, tmp_path, beam_options):
    root, data = tmp_path / "root", {"stored_side_px": 32}
    first = snapshot_of(raw_folder, root, tmp_path, beam_options)
    for path in first:
        os.utime(raw_folder / path, ns=(1, 1))
    (raw_folder / "acme/official/0.jpg").write_bytes((raw_folder / "acme/official/2.jpg").read_bytes())
    listing = Listing.read(run(str(raw_folder), str(root), data))
    assert (listing.new_images, listing.removed_images) == (1, 0)


def test_a_takedown_is_a_reason_to_go_on_and_takes_copies_along(raw_folder, tmp_path, beam_options, capsys):
    root, file = tmp_path / "root", tmp_path / "takedown.txt"
    (raw_folder / "acme/copy.jpg").write_bytes((raw_folder / "acme/official/0.jpg").read_bytes())
    first = snapshot_of(raw_folder, root, tmp_path, beam_options)
    file.write_text(f"acme/official/0.jpg\n{first['zeta/instagram/1.jpg'].id}\n")
    settings = {"min_new_images": 100, "takedown": str(file)}
    after = snapshot_of(raw_folder, root, tmp_path, beam_options, **settings)
    gone = {path for path, row in after.items() if row.reason == "taken_down"}
    assert gone == {"acme/official/0.jpg", "acme/copy.jpg", "zeta/instagram/1.jpg"}
    assert not any(after[path].increment for path in gone)
    increment = first["zeta/instagram/1.jpg"].increment
    said = capsys.readouterr().out
    assert "Goes on because of images taken down: 3." in said
    assert f"No longer used of increment {increment}: 2." in said
    # The third run takes the same down and has nothing to do.
    assert run(str(raw_folder), str(root), {"stored_side_px": 32, **settings}) == ""


def test_a_takedown_changes_the_listing_and_not_the_lineage(raw_folder, tmp_path):
    (tmp_path / "takedown.txt").write_text("a" * 64)
    first = Listing.read(run(str(raw_folder), str(tmp_path / "root"), {}))
    second = Listing.read(run(str(raw_folder), str(tmp_path / "root"), {"takedown": str(tmp_path / "takedown.txt")}))
    assert (first.lineage, first.digest != second.digest, second.takedown) == (second.lineage, True, ("a" * 64,))


def test_removed_images_are_a_reason_to_go_on(raw_folder, tmp_path, beam_options):
    root = tmp_path / "root"
    snapshot_of(raw_folder, root, tmp_path, beam_options)
    assert snapshot_of(raw_folder, root, tmp_path, beam_options, min_new_images=1) is None
    os.unlink(raw_folder / "acme/official/0.jpg")
    after = snapshot_of(raw_folder, root, tmp_path, beam_options, min_new_images=1)
    assert "acme/official/0.jpg" not in after


def test_a_snapshot_that_nobody_has_learned_from_is_a_reason_to_go_on(raw_folder, tmp_path, beam_options):
    """The run that made it failed: what was new to it is not new to the next one."""
    root, few = tmp_path / "root", {"min_new_images": 5}
    first = snapshot_of(raw_folder, root, tmp_path, beam_options, is_learned=False, **few)
    again = snapshot_of(raw_folder, root, tmp_path, beam_options, **few)
    assert again == first
    assert snapshot_of(raw_folder, root, tmp_path, beam_options, **few) is None


def test_drift_is_a_reason_to_go_on(raw_folder, tmp_path, beam_options, save_crop):
    root = tmp_path / "root"
    snapshot_of(raw_folder, root, tmp_path, beam_options)
    for number in range(4):
        save_crop(str(raw_folder / "acme/pinterest" / f"{number}.jpg"), 0, 50 + number)
    # 4 of 20 images are of a source that had none: the distance is 0.2.
    few = {"stored_side_px": 32, "min_new_images": 5}
    assert run(str(raw_folder), str(root), {**few, "retrain_on_drift": 0.21}) == ""
    assert run(str(raw_folder), str(root), {**few, "retrain_on_drift": 0.2})


def test_a_manifest_is_a_raw_address_of_its_own(raw_folder, tmp_path):
    (tmp_path / "sheets").mkdir()
    lines = [f"{raw_folder}/{brand}/official/0.jpg,{brand}" for brand in ("acme", "zeta")]
    (tmp_path / "sheets/brands.csv").write_text("\n".join(["uri,label", *lines]))
    raw, data = str(tmp_path / "sheets/brands.csv"), {"allowed_roots": [str(raw_folder)]}
    listing = Listing.read(run(raw, str(tmp_path / "root"), data))
    assert (listing.raw, listing.images, listing.new_images) == (raw, 2, 2)
    assert listing.lineage == snapshot.lineage(raw, DataConfig())
