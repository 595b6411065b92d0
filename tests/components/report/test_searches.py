import pytest

from components.artifacts import Hyperparameters, Trial
from components.report import searches

POINT = Hyperparameters(unfrozen_stages=0, head_width=0, dropout=0.2, learning_rate=0.001)


def trial(**changes):
    fields = {"trial_id": "001", "status": "completed", "score": 0.8, "epochs": 6, "curve": (), "seconds": 1.0}
    return Trial(**{**fields, "hyperparameters": POINT, **changes})


def search_of(make_selection, *points):
    (result,) = make_selection(("vgg16",)).searches
    trials = tuple(trial(trial_id=str(number), hyperparameters=point) for number, point in enumerate(points))
    return [result.model_copy(update={"trials": trials, "best": trials[0]})]


def point(**changes):
    return POINT.model_copy(update=changes)


def test_a_hyperparameter_that_differs_has_a_column_and_the_others_are_said_once(make_selection):
    found = search_of(make_selection, point(), point(dropout=0.4))
    assert searches.varied(found) == ["unfrozen_stages", "dropout", "learning_rate"]
    assert ("Pooling", "avg") in searches.fixed(found)
    assert "Dropout" not in dict(searches.fixed(found))


def test_a_backbones_rate_counts_only_where_something_of_it_learns(make_selection):
    shallow = point(backbone_rate=0.1)
    assert "backbone_rate" not in searches.varied(search_of(make_selection, shallow, point(backbone_rate=0.3)))
    assert "Backbone's share" not in dict(searches.fixed(search_of(make_selection, shallow)))
    deep = [point(unfrozen_stages=1, backbone_rate=rate) for rate in (0.1, 0.3)]
    assert "backbone_rate" in searches.varied(search_of(make_selection, *deep))
    assert (searches.cell(shallow, "backbone_rate"), searches.cell(deep[0], "backbone_rate")) == ("", "0.1")


@pytest.mark.parametrize(
    ("state", "remark"),
    [
        ({}, ""),
        ({"status": "stopped", "epochs": 2}, "stopped early"),
        ({"status": "failed", "score": None, "reason": "out of memory (unfrozen_stages 3, head_width 0)"},
         "failed: out of memory"),
        ({"status": "failed", "score": None}, "failed"),
    ],
)  # fmt: skip
def test_what_became_of_a_trial_is_said_in_words(state, remark):
    assert searches.Ranked("vgg16", trial(**state), chosen=False).remark == remark


def test_trials_of_all_networks_stand_in_one_order(make_selection):
    ranked = searches.ranked(make_selection())
    scores = [one.trial.score for one in ranked]
    assert scores[:10] == sorted(scores[:10], reverse=True)
    assert scores[10:] == [None, None]
    assert [one.backbone for one in ranked if one.chosen] == ["xception"]


def test_a_networks_trials_are_counted_by_what_became_of_them(make_selection):
    (result,) = make_selection(("vgg16",)).searches
    trials = (trial(), trial(status="stopped", epochs=2), trial(status="failed", score=None, epochs=1))
    (network,) = searches.networks([result.model_copy(update={"trials": trials})])
    assert (network.trials, network.stopped, network.failed, network.epochs) == (3, 1, 1, 9)


def test_words_stand_from_little_to_much():
    assert searches.ordered(["strong", "none", "light"]) == ["none", "light", "strong"]
    assert searches.ordered([128, 0]) == [0, 128]
