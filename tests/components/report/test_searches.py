import pytest

from components.artifacts import Hyperparameters, Trial
from components.report import searches

POINT = Hyperparameters(unfrozen_stages=0, head_width=0, dropout=0.2, learning_rate=0.001)


def trial(**changes):
    fields = {"trial_id": "001", "status": "completed", "score": 0.8, "epochs": 6, "curve": (), "seconds": 1.0}
    return Trial(**{**fields, "hyperparameters": POINT, **changes})


def point(**changes):
    return POINT.model_copy(update=changes)


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


def shared(result, of=2):
    """The search as its workers would have made it, each with all of its trials."""
    return [result.model_copy(update={"worker": number, "workers": of}) for number in range(1, of + 1)]


def test_the_chosen_trial_is_that_of_one_worker(make_selection):
    selection = make_selection(("vgg16",))
    first, second = shared(selection.best)
    ranked = searches.ranked(selection.model_copy(update={"best": second, "searches": (second, first)}))
    assert [one.worker for one in ranked if one.chosen] == [2]
    assert {one.worker for one in ranked} == {1, 2}


def test_workers_are_told_apart_and_their_backbone_is_one(make_selection):
    (result,) = make_selection(("vgg16",)).searches
    assert [network.title for network in searches.networks([result])] == ["vgg16"]
    assert [network.title for network in searches.networks(shared(result))] == [
        "vgg16, worker 1 of 2", "vgg16, worker 2 of 2",
    ]  # fmt: skip
    assert searches.backbones([*shared(result)]) == ["vgg16"]


def test_trials_can_be_ordered_by_worker_where_there_are_several():
    ranked = [
        searches.Ranked("xception", trial(), True, worker=2),
        searches.Ranked("vgg16", trial(), False, worker=1),
        searches.Ranked("xception", trial(), False, worker=1),
    ]
    assert searches.orders(ranked, [])["worker"] == [2, 0, 1]
    assert "worker" not in searches.orders(ranked[1:], [])


def test_a_networks_trials_are_counted_by_what_became_of_them(make_selection):
    (result,) = make_selection(("vgg16",)).searches
    trials = (trial(), trial(status="stopped", epochs=2), trial(status="failed", score=None, epochs=1))
    (network,) = searches.networks([result.model_copy(update={"trials": trials})])
    assert (network.trials, network.stopped, network.failed, network.epochs) == (3, 1, 1, 9)


def test_trials_can_be_ordered_by_any_column_and_the_better_first_among_equals():
    ranked = [
        searches.Ranked("xception", trial(score=0.9, seconds=5.0, epochs=6, hyperparameters=point(dropout=0.4)), True),
        searches.Ranked("vgg16", trial(score=0.8, seconds=9.0, epochs=2), False),
        searches.Ranked(
            "vgg16", trial(score=0.7, seconds=7.0, epochs=6, hyperparameters=point(unfrozen_stages=1)), False
        ),
    ]
    assert searches.orders(ranked, ["dropout", "backbone_rate"]) == {
        "score": [0, 1, 2],
        "backbone": [2, 0, 1],
        "epochs": [1, 0, 2],
        "seconds": [2, 0, 1],
        "dropout": [2, 0, 1],
        "backbone_rate": [1, 2, 0],  # where it has no effect it comes last
    }
