import json

from components.erasure import derived
from components.storage import write_text


def test_a_text_is_found_as_json_and_html_write_it():
    name = '/raw/A&B "삼성".jpg'
    for content in (name, json.dumps(name), '<a href="/raw/A&amp;B &quot;삼성&quot;.jpg">', '/raw/A&amp;B "삼성".jpg'):
        assert any(needle in content.encode() for needle in derived.needles([name])), content


def test_nothing_is_found_by_an_empty_text():
    assert derived.needles([""]) == ()


def test_a_result_goes_whole_if_one_of_its_files_names_an_image(tmp_path):
    root = str(tmp_path)
    for name, text in {
        "check/k1/findings.json": "acme/1.jpg",
        "check/k1/page.html": "x",
        "check/k2/page.html": "y",
    }.items():
        write_text(f"{root}/{name}", text)
    found = derived.find(root, [], [], ["acme/1.jpg"], [])
    assert (found.folders, found.files) == ({f"{root}/check/k1"}, set())


def test_of_a_run_pages_go_with_its_snapshot_and_other_files_only_if_they_name_an_image(tmp_path):
    root = str(tmp_path)
    texts = {
        "r1/steps/preprocess.json": "snapshot-1", "r1/report.html": "thumbnails", "r1/artifacts/report/page": "drawn",
        "r1/logs/check.log": "acme/1.jpg", "r1/logs/tune.log": "", "r2/report.html": "thumbnails",
    }  # fmt: skip
    for name, text in texts.items():
        write_text(f"{root}/runs/{name}", text)
    found = derived.find(root, [], [], ["acme/1.jpg"], ["snapshot-1"])
    names = {uri.removeprefix(f"{root}/runs/") for uri in found.files}
    assert names == {"r1/report.html", "r1/artifacts/report/page", "r1/logs/check.log"}


def test_images_of_a_public_dataset_that_were_written_for_us_go_too(tmp_path):
    root = str(tmp_path)
    write_text(f"{root}/raw/mnist/1/0.png", "x")
    uris = [f"{root}/raw/mnist/1/0.png", f"{root}/raw/mnist/1/gone.png", "/elsewhere/raw/1.png"]
    assert derived.find(root, [], uris, [], []).files == {uris[0]}


def test_copies_of_shards_go_by_the_increment_and_features_go_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("BRANDLENS_INCREMENTS", str(tmp_path / "shards"))
    monkeypatch.setenv("BRANDLENS_FEATURES", str(tmp_path / "features"))
    for name in ("shards/i1-aa/x", "shards/i2-bb/x", "root/features/y"):
        write_text(str(tmp_path / name), "x")
    root = str(tmp_path / "root")
    assert list(derived.caches(root, {"i1"}, True)) == [f"{root}/features", str(tmp_path / "shards/i1-aa")]
    assert list(derived.caches(root, set(), False)) == []
