import os
import shutil

import pytest

from components import records, snapshot, storage
from components.erasure import ledger, plan
from components.erasure.carrying import carry_out
from components.erasure.finding import find
from components.erasure.request import Request
from components.errors import StorageError
from components.takedown import Takedown

PATH = "acme/official/0.jpg"


def test_no_byte_of_the_picture_is_left_and_all_others_are(anywhere, picture):
    made = anywhere.run()
    row = anywhere.rows(made)[PATH]
    pixels = picture(made, row)
    others = [other.id for other in snapshot.admitted(made) if other.path != PATH]
    stored = records.read_images(made, others)
    anywhere.publish_evaluation(made, row)
    anywhere.erase(row.id)
    left = anywhere.all_bytes()
    assert not [uri for uri, content in left.items() if pixels in content]
    assert [uri for uri, content in left.items() if row.id.encode() in content and not uri.endswith(".parquet")] == [
        f"{anywhere.root}/erased.txt"
    ]
    assert records.read_images(anywhere.newest(made), others) == stored


def test_the_new_snapshot_says_that_the_image_was_taken_down(world):
    made = world.run()
    row = world.rows(made)[PATH]
    world.erase(row.id)
    after = world.newest(made)
    gone = world.rows(after)[PATH]
    assert (gone.id, gone.status, gone.reason, gone.increment, gone.split, gone.stored) == (
        row.id, "quarantined", "taken_down", "", "", "",
    )  # fmt: skip
    assert after.quarantined == {"taken_down": 1}
    assert after.counts[row.split]["acme"] == made.counts[row.split]["acme"] - 1
    assert after.increments[0].counts == after.counts
    assert after.increments[0].increment_id != made.increments[0].increment_id
    assert {other.increment for other in snapshot.admitted(after)} == {after.increments[0].increment_id}


def test_the_old_snapshot_is_gone_and_says_so(world, picture):
    made = world.run()
    row = world.rows(made)[PATH]
    world.erase(row.id)
    assert not storage.exists(made.uri)
    with pytest.raises(StorageError, match="removed"):
        snapshot.admitted(made)
    with pytest.raises(StorageError, match="removed"):
        picture(made, row)


def test_an_erased_image_does_not_come_back_though_it_lies_in_the_raw_folder(world):
    made = world.run()
    row = world.rows(made)[PATH]
    world.erase(row.id)
    shutil.copy(f"{world.raw}/{PATH}", f"{world.raw}/acme/official/again.jpg")
    after = world.rows(world.run())
    assert [(path, row.reason) for path, row in after.items() if row.status == "quarantined"] == [
        (PATH, "taken_down"), ("acme/official/again.jpg", "taken_down"),
    ]  # fmt: skip


def test_an_increment_without_any_image_left_is_not_replaced(world, save_crop):
    world.run()
    save_crop(f"{world.raw}/acme/official/new.jpg", 0, 77)
    made = world.run()
    assert len(made.increments) == 2
    world.erase(uris=["acme/official/new.jpg"])
    after = world.newest(made)
    assert after.increments == made.increments[:1]


def test_a_run_after_an_erasure_has_nothing_to_read_again(world):
    made = world.run()
    os.unlink(f"{world.raw}/{PATH}")
    world.erase(world.rows(made)[PATH].id)
    after = world.run()
    assert after.new_images == 0
    assert [item.increment_id for item in after.increments] == [
        item.increment_id for item in world.newest(made).increments
    ]


@pytest.mark.parametrize("is_deleted", [True, False])
def test_an_erasure_is_a_reason_to_go_on_until_a_run_has_gone_on(world, is_deleted):
    made = world.run()
    if is_deleted:
        os.unlink(f"{world.raw}/{PATH}")
    world.erase(world.rows(made)[PATH].id)
    world.erase(uris=["zeta/official/0.jpg"])
    assert world.newest(made).erased == 2
    after = world.run(min_new_images=1)
    assert {PATH, "zeta/official/0.jpg"}.isdisjoint(row.path for row in snapshot.admitted(after))
    assert after.erased == 0
    assert world.ingest(min_new_images=1) == ""


def test_what_nothing_was_learned_from_is_no_reason_to_go_on(world):
    shutil.copy(f"{world.raw}/{PATH}", f"{world.raw}/acme/official/again.jpg")
    made = world.run()
    world.erase(world.rows(made)[PATH].id)
    assert world.newest(made).erased == 1  # two files, one record


class Killed(BaseException):
    """The process ends here."""


def killed_after(acts, monkeypatch, work):
    """Do the work until so many acts have changed something; whether it was killed."""
    left = acts

    def counted(act):
        def call(*arguments):
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return act(*arguments)

        return call

    with monkeypatch.context() as patch:
        for name in ("write_bytes", "swap", "create", "remove", "remove_folder"):
            patch.setattr(storage, name, counted(getattr(storage, name)))
        try:
            work()
        except Killed:
            return True
    return False


def test_an_erasure_that_is_killed_anywhere_is_finished_by_the_next(world, picture, monkeypatch, tmp_path):
    made = world.run()
    row = world.rows(made)[PATH]
    pixels = picture(made, row)
    world.publish_evaluation(made, row)
    shutil.copytree(world.root, tmp_path / "before")
    acts = 0
    while killed_after(acts, monkeypatch, lambda: world.erase(row.id)):
        now = world.newest(made)  # whatever is the newest can be read whole
        assert len(records.read_images(now, [item.id for item in snapshot.admitted(now)])) in (15, 16)
        # What was begun needs no name.
        world.erase(*[] if plan.pending(world.root) else [row.id])
        assert plan.pending(world.root) is None
        assert not any(pixels in content for content in world.all_bytes().values())
        now = world.newest(made)
        assert len(records.read_images(now, [item.id for item in snapshot.admitted(now)])) == 15
        assert ledger.read(world.root).ids == {row.id}
        shutil.rmtree(world.root)
        shutil.copytree(tmp_path / "before", world.root)
        acts += 1
    assert acts > 15


def test_a_newer_snapshot_is_not_pushed_aside(world):
    made = world.run()
    found = find(world.root, Request(Takedown(frozenset({world.rows(made)[PATH].id}))))
    os.unlink(f"{world.raw}/zeta/official/0.jpg")
    world.run()
    with pytest.raises(StorageError, match="erase again"):
        carry_out(world.root, found)
    world.erase()
    assert PATH not in {row.path for row in snapshot.admitted(world.newest(made))}
