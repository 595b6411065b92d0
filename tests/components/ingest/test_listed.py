from components import manifest
from components.ingest.listed import Listed
from components.manifest import Entry


def entries(*paths):
    return [Entry(path, f"/raw/{path}", path.split("/")[0], "", "", 1, "1") for path in paths]


def test_entries_are_kept_in_order_and_counted(tmp_path):
    found = entries("acme/1", "omni/1", "zeta/1")
    listed = Listed.keep(found, str(tmp_path / "listed"))
    assert (list(listed), listed.images, listed.brands) == (found, 3, {"acme", "omni", "zeta"})
    assert list(listed) == found  # a second time


def test_only_what_is_asked_for_and_what_has_no_brand_is_kept(tmp_path):
    loose = Entry("loose", "/raw/loose", "", "", "", 0, "", problem="link_not_followed")
    refused = Entry("rest/1", "/raw/rest/1", "rest", "", "", 0, "", problem="missing")
    listed = Listed.keep([*entries("acme/1", "omni/1"), loose, refused], str(tmp_path / "listed"), ["acme"])
    assert ([entry.path for entry in listed], listed.images) == (["acme/1", "loose"], 2)
    assert listed.brands == {"acme", "omni"}


def test_what_is_published_is_read_as_a_listing(tmp_path):
    listed = Listed.keep(entries("acme/1", "zeta/1"), str(tmp_path / "listed"))
    listed.publish(str(tmp_path / "root/entries"))
    listed.remove()
    assert [entry.path for entry in manifest.read_entries(str(tmp_path / "root/entries"))] == ["acme/1", "zeta/1"]
    assert not (tmp_path / "listed").exists()
