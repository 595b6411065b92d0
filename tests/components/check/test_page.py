import re

import pytest

from components import snapshot
from components.artifacts import Snapshot
from components.check.findings import Near, Past, examine
from components.check.nearness import Bars
from components.check.page import render
from components.check.pictures import gather
from components.config import CheckConfig

LOW = {"min_images_per_class": 3, "min_test_images_per_class": 1, "min_validation_images_per_class": 1}
LOOK = {"width": 300, "height": 200, "red": 100, "green": 90, "blue": 80, "contrast": 30}


@pytest.fixture
def make_page(row, counted, save_crop, tmp_path):
    """(brands, with a champion's snapshot, policy) -> the page of a snapshot that has some of everything."""

    def make(brands=("acme", "zeta"), past=True, **policy):
        rows = list(_rows(row, brands, save_crop, tmp_path))
        made = Snapshot(
            snapshot_id="5f3a0c1be2", uri="u", manifest_uri="/data/m.parquet", labels=tuple(brands), increments=(),
            stored_side_px=32, counts=snapshot.counts(rows, brands), quarantined={"too_small": 2}, duplicates=1,
            new_images=7, seconds=0.0,
        )  # fmt: skip
        before = Past(3, "old", counted([item for item in rows if item.label == brands[0]])) if past else None
        near = Near(Bars(8, 48), enforced=True)
        examined = examine(made, lambda: iter(rows), CheckConfig(**{**LOW, **policy}), near, before)
        return render(made, examined, gather(examined.census, examined.lookup))

    return make


def _rows(row, brands, save_crop, folder):
    for photograph, label in enumerate(brands):
        for number, split in enumerate(["train", "train", "validation", "test"]):
            uri = save_crop(f"{folder}/{photograph}/{number}.jpg", photograph % 2, number)
            yield row(
                f"{label}/{number}.jpg", label=label, uri=uri, size=9, split=split, source=f"s{number % 2}", **LOOK
            )
    first = brands[0]
    refused = {"label": first, "status": "quarantined", "split": ""}
    small = save_crop(f"{folder}/small.jpg", 0, 9, side_px=8)
    yield row(f"{first}/small.jpg", uri=small, reason="too_small", detail="8 x 8", **refused)
    yield row(f"{first}/person.jpg", uri=small, reason="taken_down", **refused)
    yield row(f"{first}/page.html", uri="gone", reason="not_an_image", detail="begins with <html>", **refused)
    yield row(f"{first}/same.jpg", label=first, status="duplicate", split="")
    copy = save_crop(f"{folder}/copy.jpg", 0, 1)
    yield row(f"{first}/copy.jpg", label=first, uri=copy, status="near_duplicate", split="",
              duplicate_of=f"{first}/1.jpg")  # fmt: skip


def text_of(page):
    body = re.sub(r"<(style|svg).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_errors_come_first_and_the_headline_says_that_nothing_is_trained(make_page):
    text = text_of(make_page(min_images_per_class=20, max_quarantined_share=0.1))
    assert "Stopped 1 problem must be solved first: nothing is trained on these images." in text
    assert text.index("Error 2 of 2 brands have under 20 images in all") < text.index("Warning")


def test_warnings_stand_with_their_remedies(make_page):
    text = text_of(make_page(max_quarantined_share=0.1))
    assert "Passed with warnings These images can be learned from;" in text
    assert "The bar is check.max_quarantined_share (now 0.1)." in text


def test_brands_are_counted_by_split_status_and_in_all(make_page):
    text = text_of(make_page())
    assert "acme 4 2 1 1 3 2 zeta 4 2 1 1 0 0 All 8 4 2 2 3 2" in text


def test_sources_are_counted_and_crossed_with_brands(make_page):
    text = text_of(make_page())
    assert "s0 2 2 0 4 0.0%" in text  # train, validation, test, files, quarantined
    assert "s0 s1 acme 2 2 zeta 2 2" in text


def test_what_was_quarantined_is_shown_by_reason(make_page):
    page = make_page()
    assert "Too small 1 file" in text_of(page)
    assert 'alt="acme image small.jpg"' in page
    assert "begins with &lt;html&gt;" in page


def test_what_was_taken_down_is_counted_but_neither_named_nor_drawn(make_page):
    page = make_page()
    assert "person.jpg" not in page
    assert "1 more taken down" in text_of(page)


def test_a_copy_stands_beside_the_picture_that_is_kept(make_page):
    assert re.search(r"kept 1.jpg · acme left out copy.jpg", text_of(make_page()))


def test_drift_is_drawn_with_its_figures(make_page):
    page = make_page()
    assert page.count("<svg") == 2 * (2 + 8)  # of all images, and of the new ones
    assert "50.0% of the images would have to change their brand" in text_of(page)


def test_without_a_champion_nothing_is_drawn_of_drift(make_page):
    assert "<svg" not in make_page(past=False)


def test_a_snapshot_of_nothing_has_a_page_too(row):
    made = Snapshot(
        snapshot_id="s", uri="u", manifest_uri="m", labels=(), increments=(), stored_side_px=32,
        counts=snapshot.counts([], ()), quarantined={}, duplicates=0, new_images=0, seconds=0.0,
    )  # fmt: skip
    examined = examine(made, lambda: iter(()), CheckConfig(), Near(Bars(8, 48), enforced=True))
    assert "Only 0 of 0 brands have usable images: none." in render(made, examined, {})


def test_many_brands_and_sources_make_no_large_page(row):
    rows = [row(f"brand {n}/{k}", source=f"source {n * 3 + k}") for n in range(200) for k in range(3)]
    labels = tuple(f"brand {n}" for n in range(200))
    made = Snapshot(
        snapshot_id="s", uri="u", manifest_uri="m", labels=labels, increments=(), stored_side_px=32,
        counts=snapshot.counts(rows, labels), quarantined={}, duplicates=0, new_images=0, seconds=0.0,
    )  # fmt: skip
    examined = examine(made, lambda: iter(rows), CheckConfig(), Near(Bars(8, 48), enforced=True))
    assert len(render(made, examined, {}).encode()) < 1_000_000


HOSTILE = ('<script>document.title="owned"</script>', "<img src=x onerror=\"document.title='owned'\">")


def test_hostile_names_run_nothing(make_page, opened):
    page = make_page(HOSTILE)
    assert "<script" not in page
    assert "<title>brandlens data report</title>" in opened(page)


@pytest.mark.parametrize("width", [1200, 500])
def test_it_is_whole_without_a_network_at_any_width(make_page, probed, width):
    # Eight admitted, one refused, one copy and its original.
    assert probed(make_page(), width) == '{"fetched":[],"wide":false,"pictures":11,"drawings":20}'


def test_it_is_whole_inside_a_frame_that_allows_scripts_only(make_page, probed_in_a_frame):
    assert probed_in_a_frame(make_page()) == '{"fetched":[],"wide":false,"pictures":11,"drawings":20}'


def test_new_images_are_drawn_beside_the_champions_by_themselves(make_page):
    page = make_page()
    assert "New images alone 4 images" in text_of(page)
    assert 'aria-label="Shares of brands, new and at the champion"' in page
    assert "New images alone" not in make_page(past=False)
