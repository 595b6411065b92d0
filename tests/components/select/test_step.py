import pytest

from components.artifacts import Hyperparameters, SearchResult, Selection, Trial, WeightsInfo
from components.errors import InputError
from components.select import step


def search(backbone, score, unfrozen_stages=0, snapshot_id="s", objective="macro_f1", **others):
    point = Hyperparameters(unfrozen_stages=unfrozen_stages, head_width=0, dropout=0.0, learning_rate=0.01)
    trial = Trial(
        trial_id="001", status="failed" if score is None else "completed", score=score, hyperparameters=point, epochs=1,
        curve=(score or 0.0,), seconds=1.0, reason=None if score else "no number",
    )  # fmt: skip
    weights = WeightsInfo(backbone=backbone, source="none", digest="none", provenance="none")
    return SearchResult(
        snapshot_id=snapshot_id, backbone=backbone, weights=weights, image_side_px=32, objective=objective, best=trial,
        trials=(trial,), seconds=1.0, **others,
    )  # fmt: skip


def test_the_greatest_score_wins():
    assert step.choose([search("a", 0.7), search("b", 0.9), search("c", 0.8)]).best.backbone == "b"


def test_of_equal_scores_fewer_unfrozen_stages_win_then_the_name():
    assert step.choose([search("a", 0.9, 2), search("c", 0.9, 1), search("b", 0.9, 1)]).best.backbone == "b"


def test_every_search_is_kept_best_first():
    kept = step.choose([search("a", 0.7), search("b", 0.9), search("c", 0.8)]).searches
    assert [one.backbone for one in kept] == ["b", "c", "a"]


@pytest.mark.parametrize("other", [{"snapshot_id": "t"}, {"objective": "balanced_accuracy"}])
def test_searches_that_cannot_be_compared_are_refused(other):
    with pytest.raises(InputError, match=r"cannot be compared: .*, "):
        step.choose([search("a", 0.7), search("b", 0.9, **other)])


def shared(*scores, backbone="a"):
    """The searches of a backbone's workers."""
    return [search(backbone, score, worker=number, workers=len(scores)) for number, score in enumerate(scores, start=1)]


def test_the_best_of_all_workers_wins_and_every_search_is_kept():
    selection = step.choose([*shared(0.7, 0.9), *shared(0.8, backbone="b")])
    assert selection.best.task == "a-2of2"
    assert [one.task for one in selection.searches] == ["a-2of2", "b", "a-1of2"]


def test_of_equal_workers_the_first_wins():
    assert step.choose(shared(0.9, 0.9)[::-1]).best.worker == 1


def test_a_worker_without_a_score_is_no_error_while_another_has_one():
    assert step.choose(shared(None, 0.6)).best.worker == 2


def test_a_backbone_none_of_whose_workers_has_a_score_is_an_error_with_the_cause():
    with pytest.raises(InputError, match=r"All 2 trials of a failed, of all its workers\. The first: no number\."):
        step.choose([*shared(None, None), search("b", 0.9)])


@pytest.mark.parametrize(
    ("kept", "there"),
    [((0, 2), "a-1of3, a-3of3"), ((0, 1), "a-1of3, a-2of3"), ((0, 1, 1, 2), "a-1of3, a-2of3, a-2of3")],
)
def test_a_worker_that_is_missing_or_comes_twice_is_said(kept, there):
    found = shared(0.7, 0.8, 0.9)
    with pytest.raises(InputError, match=f"one search of each of its 3 workers, got {there}"):
        step.choose([found[number] for number in kept])


def test_no_search_is_an_error():
    with pytest.raises(InputError, match="no searches"):
        step.choose([])


def test_the_step_reads_and_writes_pointer_files(tmp_path):
    for name, score in (("a", 0.5), ("b", 0.6)):
        search(name, score).write(str(tmp_path / name))
    step.run([str(tmp_path / "a"), str(tmp_path / "b")], str(tmp_path / "root"), str(tmp_path / "selection.json"))
    assert Selection.read(str(tmp_path / "selection.json")).best == search("b", 0.6)
