import pytest

from tuning.store import eviction
from tuning.store.eviction import LEASE_S, Stamps, evict, room, stamp
from tuning.store.files import MappedFolder

NOW = 1_000_000_000.0
OLD, OLDER, NEW, UNSTAMPED = (f"net/32px/{cut}/float16/view-0" for cut in ("old", "older", "new", "unstamped"))


@pytest.fixture
def files(tmp_path):
    """Four series of 100 bytes each: used two days ago, three days ago, an hour ago, and nobody knows when."""
    files = MappedFolder(tmp_path)
    for folder in (OLD, OLDER, NEW, UNSTAMPED):
        for shard in ("a/train-00000", "b/train-00000"):
            files.write(f"{folder}/{shard}-00000.features", b"x" * 50)
    for folder, days in ((OLD, 2), (OLDER, 3), (NEW, 1 / 24)):
        stamp(files, folder, NOW - days * 86400)
    return files


def left(files):
    return {name.split("/")[2] for name in files.names() if name.endswith(".features")}


@pytest.mark.parametrize(
    ("allowed", "removed"), [(400, []), (399, [UNSTAMPED]), (250, [UNSTAMPED, OLDER]), (100, [UNSTAMPED, OLDER, OLD])]
)
def test_the_least_recently_used_series_go_until_the_rest_fits(files, allowed, removed):
    assert evict(files, allowed, NOW) == removed
    assert left(files) == {"old", "older", "new", "unstamped"} - {folder.split("/")[2] for folder in removed}


def test_what_a_running_search_may_use_is_never_removed(files):
    assert NEW not in evict(files, 0, NOW)
    assert left(files) == {"new"}


def test_a_lease_ends(files):
    assert NEW in evict(files, 0, NOW + LEASE_S)


def test_what_this_run_uses_stays_however_old_it_is(files):
    assert evict(files, 0, NOW, ours={OLDER}) == [UNSTAMPED, OLD]
    assert left(files) == {"older", "new"}


def test_a_run_may_fill_what_others_do_not_use_now(files):
    assert room(files, 1000, ours=(), now_s=NOW) == 900
    assert room(files, 1000, ours={NEW}, now_s=NOW) == 1000
    assert room(files, 50, ours=(), now_s=NOW) == 0


def test_a_stamp_that_cannot_be_read_counts_as_none(files):
    for content in (b"", b"{", b"[]", b'{"used_s": "x"}'):
        files.write(f"{NEW}/{eviction.STAMP}", content)
        assert evict(files, 399, NOW) in ([NEW], [UNSTAMPED])
        files.write(f"{NEW}/a/train-00000-00000.features", b"x" * 100)
        files.write(f"{UNSTAMPED}/a/train-00000-00000.features", b"x" * 100)


def test_a_run_says_at_most_once_an_hour_that_it_uses_a_series(tmp_path, monkeypatch):
    from tuning.store.address import Series

    written = []

    class Counting(MappedFolder):
        def write(self, name, content):
            written.append(name)

    now = [NOW]
    monkeypatch.setattr(eviction.time, "time", lambda: now[0])
    stamps, series = Stamps(Counting(tmp_path)), Series("net", 32, "old", "float16", "view-0")
    for second in (0, 10, 3599, 3600, 3700):
        now[0] = NOW + second
        stamps.use(series)
    assert written == [f"{OLD}/used.json"] * 2
