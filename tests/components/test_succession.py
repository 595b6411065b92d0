import threading

import pytest

from components import registry, storage, succession
from components.artifacts import Reign
from components.errors import InputError, PointerMovedError, StorageError


@pytest.fixture(params=["disk", "bucket"])
def root(request, tmp_path):
    return str(tmp_path / "data") if request.param == "disk" else f"{request.getfixturevalue('bucket')}/data"


@pytest.fixture
def crowned(root, exported):
    """Names of models -> versions that runs have promoted, one after the other."""

    def make(*names):
        for before, name in zip((None, *names), names, strict=False):
            registry.crown(root, registry.register(root, exported(name)), instead_of=before)

    return make


def reigns(*told):
    """(version, how) in order of time."""
    how = {"run": "promoted", "hand": "by hand", "back": "rolled back"}
    return [
        Reign(version=version, model_id=f"m{version}", since=f"day {day}", how=how[by])
        for day, (version, by) in enumerate(told, start=1)
    ]


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ([(1, "run"), (2, "run"), (3, "run")], [1, 2, 3]),
        ([(1, "run"), (2, "run"), (3, "run"), (2, "back")], [1, 2]),
        ([(1, "run"), (2, "run"), (3, "run"), (2, "back"), (1, "back")], [1]),
        ([(1, "run"), (2, "run"), (1, "back"), (3, "run")], [1, 3]),
        ([(1, "run"), (2, "run"), (1, "hand")], [1, 2, 1]),
        ([(1, "run"), (2, "run"), (1, "hand"), (2, "back")], [1, 2]),
        ([(2, "run"), (1, "hand"), (2, "hand"), (1, "back")], [2, 1]),
    ],
)
def test_rolling_back_goes_through_what_was_not_rolled_back(told, standing):
    assert [reign.version for reign in succession.line(reigns(*told))] == standing


@pytest.mark.parametrize(
    ("told", "away"),
    [
        ([(1, "run"), (2, "run")], set()),
        ([(1, "run"), (2, "run"), (1, "back")], {"m2"}),
        ([(1, "run"), (2, "run"), (1, "hand")], {"m2"}),
        ([(1, "run"), (2, "run"), (1, "back"), (3, "run")], {"m2"}),
        ([(1, "run"), (2, "run"), (1, "back"), (2, "hand")], {"m1"}),
    ],
)
def test_what_a_person_replaced_stays_away_until_a_person_brings_it_back(told, away):
    assert succession.withdrawn(reigns(*told)).keys() == away


def test_rolling_back_serves_the_one_before_and_again_the_one_before_that(root, crowned):
    crowned("first", "second", "third")
    before, after = succession.roll_back(root)
    assert (before.version, after.version) == (3, 2)
    assert registry.champion(root).model_id == "second"
    succession.roll_back(root)
    assert registry.champion(root).model_id == "first"
    with pytest.raises(InputError, match=r"Version 1 is the first champion .* nothing to roll back to"):
        succession.roll_back(root)


def test_after_rolling_back_a_run_promotes_against_the_one_that_is_served(root, crowned, exported):
    crowned("first", "second")
    succession.roll_back(root)
    third = registry.register(root, exported("third"))
    with pytest.raises(registry.StaleVerdictError):
        registry.crown(root, third, instead_of="second")
    registry.crown(root, third, instead_of="first")
    assert succession.roll_back(root)[1].model_id == "first"


def test_a_promotion_by_hand_serves_any_version_and_once_more_changes_nothing(root, crowned):
    crowned("first", "second", "third")
    before, after = succession.promote(root, 1)
    assert (before.version, after.version) == (3, 1)
    succession.promote(root, 1)
    assert [reign.version for reign in registry.served(root)[0].reigns] == [1, 2, 3, 1]


def test_why_a_model_is_withdrawn_names_the_command_that_brings_it_back(root, crowned):
    crowned("first", "second")
    assert succession.why_withdrawn(root, "second") == ""
    succession.roll_back(root)
    assert "`brandlens registry promote 2` brings it back" in succession.why_withdrawn(root, "second")
    assert succession.why_withdrawn(root, "first") == ""
    succession.promote(root, 2)
    assert succession.why_withdrawn(root, "second") == ""


def test_an_unknown_version_is_refused_with_those_that_there_are(root, crowned):
    with pytest.raises(InputError, match="There is no registered version in"):
        succession.promote(root, 1)
    with pytest.raises(InputError, match="There is no champion in"):
        succession.roll_back(root)
    crowned("first", "second")
    with pytest.raises(InputError, match=r"There is no version 7 .* Registered are: 1, 2\."):
        succession.promote(root, 7)


def test_a_version_whose_files_are_missing_is_not_served(root, crowned):
    crowned("first", "second")
    storage.remove_folder(f"{root}/registry/versions/000001/saved_model")
    for act in (lambda: succession.promote(root, 1), lambda: succession.roll_back(root)):
        with pytest.raises(
            StorageError, match=r"Version 1 cannot be served: .*000001 lacks saved_model/saved_model.pb"
        ):
            act()
    assert registry.champion(root).model_id == "second"


def test_a_champion_that_changes_in_this_moment_is_not_rolled_back(root, crowned, exported, monkeypatch):
    crowned("first", "second")
    third = registry.register(root, exported("third"))
    read = registry.served

    def overtaken(data_root):
        seen = read(data_root)
        monkeypatch.setattr(registry, "served", read)
        registry.crown(root, third, instead_of="second")
        return seen

    monkeypatch.setattr(registry, "served", overtaken)
    with pytest.raises(PointerMovedError, match="changed by someone else in this moment; nothing was done"):
        succession.roll_back(root)
    assert registry.champion(root).model_id == "third"


def test_of_two_who_roll_back_at_the_same_time_no_one_goes_two_back_unawares(root, crowned):
    crowned("first", "second", "third")
    ended = []

    def back():
        try:
            ended.append(succession.roll_back(root)[1].version)
        except PointerMovedError:
            ended.append("told")

    threads = [threading.Thread(target=back) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Either they met, and one was told; or one came after the other and says where it went.
    assert sorted(map(str, ended)) in (["2", "told"], ["1", "2"])
    assert registry.champion(root).version == min(version for version in ended if version != "told")
