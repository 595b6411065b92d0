import os
import shutil

from PIL import Image

from components import snapshot
from components.erasure.finding import find
from components.erasure.request import Request
from components.records import read_images
from components.takedown import Takedown

PATH = "acme/official/0.jpg"
STRUCTURED = "acme/official/6.jpg"  # not flat sky: it has a perceptual hash


def test_copies_of_an_image_go_with_it(world):
    shutil.copy(f"{world.raw}/{PATH}", f"{world.raw}/acme/copy.jpg")
    made = world.run()
    world.erase(uris=["acme/copy.jpg"])
    after = world.rows(world.newest(made))
    assert {path for path, row in after.items() if row.reason == "taken_down"} == {PATH, "acme/copy.jpg"}


def test_an_image_that_left_the_raw_folder_is_still_found_in_its_increment(world, picture):
    made = world.run()
    row = world.rows(made)[PATH]
    pixels = picture(made, row)
    os.unlink(f"{world.raw}/{PATH}")
    world.run()
    assert any(pixels in content for content in world.all_bytes().values())
    world.erase(row.id)
    assert not any(pixels in content for content in world.all_bytes().values())
    assert len(snapshot.admitted(world.newest(made))) == 15


def test_a_group_is_erased_whole(world):
    os.makedirs(f"{world.raw}/acme/instagram/anna")
    for number in (1, 3):
        os.rename(f"{world.raw}/acme/instagram/{number}.jpg", f"{world.raw}/acme/instagram/anna/{number}.jpg")
    made = world.run()
    world.erase(groups=["acme/instagram/anna"])
    gone = {path for path, row in world.rows(world.newest(made)).items() if row.reason == "taken_down"}
    assert gone == {"acme/instagram/anna/1.jpg", "acme/instagram/anna/3.jpg"}


def test_another_raw_folder_with_the_same_names_is_left_alone(world, tmp_path, save_crop):
    made = world.run()
    other = type(world)(str(tmp_path / "other"), world.root, world.pointer, world.beam_options)
    for place, brand in enumerate(("acme", "zeta")):
        for number in range(8):
            save_crop(f"{other.raw}/{brand}/official/{number}.jpg", place, 40 + number)
    kept = other.run()
    world.erase(uris=[f"{world.raw}/{PATH}"])
    assert len(snapshot.admitted(world.newest(made))) == 15
    assert other.newest(kept) == kept


def test_pages_answers_and_features_go_and_what_belongs_to_others_stays(world):
    made = world.run()
    world.publish_evaluation(made, world.rows(made)[PATH])
    world.erase(world.rows(made)[PATH].id)
    left = {uri.removeprefix(f"{world.root}/") for uri in world.all_bytes()}
    gone = {"evaluate/k1/examples.json", "report/k1/report.html", "runs/r1/report.html", "features/images/block-0"}
    stays = {"evaluate/k2/evaluation.json", "runs/r2/report.html", "runs/r1/steps/preprocess.json"}
    assert not gone & left
    assert stays <= left
    assert {name for name in left if name.startswith("predictions")} == {"predictions/p2.parquet"}


def resaved(world, name):
    """The picture at STRUCTURED once more, compressed harder."""
    with Image.open(f"{world.raw}/{STRUCTURED}") as image:
        image.save(f"{world.raw}/acme/{name}", quality=70)


def test_an_edited_copy_goes_with_the_image_for_which_it_was_set_aside(world):
    resaved(world, "z.jpg")
    made = world.run()
    before = world.rows(made)
    kept, edit = sorted((STRUCTURED, "acme/z.jpg"), key=lambda path: before[path].status)
    assert (before[kept].status, before[edit].status) == ("admitted", "near_duplicate")
    world.erase(before[kept].id)
    after = world.rows(world.newest(made))
    assert {path for path, row in after.items() if row.reason == "taken_down"} == {kept, edit}


def test_an_image_that_was_kept_for_an_edited_copy_is_told_and_left_alone(world):
    resaved(world, "z.jpg")
    made = world.run()
    before = world.rows(made)
    kept, edit = sorted((STRUCTURED, "acme/z.jpg"), key=lambda path: before[path].status)
    found = find(world.root, Request(Takedown(frozenset({before[edit].id}))))
    assert (found.alike, found.paths, found.replacements) == ((kept,), (edit,), ())
    world.erase(before[edit].id)
    after = world.rows(world.newest(made))
    assert (after[kept].status, after[edit].reason) == ("admitted", "taken_down")


def test_equal_increments_of_two_raw_folders_are_each_replaced(world, tmp_path):
    shutil.copytree(world.raw, tmp_path / "twin")
    twin = type(world)(str(tmp_path / "twin"), world.root, world.pointer, world.beam_options)
    first, second = world.run(), twin.run()
    assert first.increments[0].increment_id == second.increments[0].increment_id
    world.erase(world.rows(first)[PATH].id)
    for made in (first, second):
        after = world.newest(made)
        assert after.increments[0].uri.split("/")[-2] == made.increments[0].uri.split("/")[-2]
        ids = [row.id for row in snapshot.admitted(after)]
        assert len(read_images(after, ids)) == 15
