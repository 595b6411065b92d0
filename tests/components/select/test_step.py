import pytest

from components.artifacts import Hyperparameters, SearchResult, Selection, Trial, WeightsInfo
from components.errors import InputError
from components.select import step


def search(backbone, score, unfrozen_stages=0, snapshot_id="s", objective="macro_f1"):
    point = Hyperparameters(unfrozen_stages=unfrozen_stages, head_width=0, dropout=0.0, learning_rate=0.01)
    trial = Trial(
        trial_id="001", status="completed", score=score, hyperparameters=point, epochs=1, curve=(score,), seconds=1.0
    )
    weights = WeightsInfo(backbone=backbone, source="none", digest="none", provenance="none")
    return SearchResult(
        snapshot_id=snapshot_id, backbone=backbone, weights=weights, image_side_px=32, objective=objective, best=trial,
        trials=(trial,), seconds=1.0,
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


def test_no_search_is_an_error():
    with pytest.raises(InputError, match="no searches"):
        step.choose([])


def test_the_step_reads_and_writes_pointer_files(tmp_path):
    for name, score in (("a", 0.5), ("b", 0.6)):
        search(name, score).write(str(tmp_path / name))
    step.run([str(tmp_path / "a"), str(tmp_path / "b")], str(tmp_path / "root"), str(tmp_path / "selection.json"))
    assert Selection.read(str(tmp_path / "selection.json")).best == search("b", 0.6)
