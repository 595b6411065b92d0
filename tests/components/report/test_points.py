from components.artifacts import Hyperparameters, Trial
from components.report import points

POINT = Hyperparameters(unfrozen_stages=0, head_width=0, dropout=0.2, learning_rate=0.001)


def search_of(make_selection, *tried):
    (result,) = make_selection(("vgg16",)).searches
    about = {"status": "completed", "score": 0.8, "epochs": 6, "curve": (), "seconds": 1.0}
    trials = tuple(Trial(trial_id=str(number), hyperparameters=one, **about) for number, one in enumerate(tried))
    return [result.model_copy(update={"trials": trials, "best": trials[0]})]


def point(**changes):
    return POINT.model_copy(update=changes)


def test_a_hyperparameter_that_differs_has_a_column_and_the_others_are_said_once(make_selection):
    found = search_of(make_selection, point(), point(dropout=0.4))
    assert points.varied(found) == ["unfrozen_stages", "dropout", "learning_rate"]
    assert ("Pooling", "avg") in points.fixed(found)
    assert "Dropout" not in dict(points.fixed(found))


def test_a_backbones_rate_counts_only_where_something_of_it_learns(make_selection):
    shallow = point(backbone_rate=0.1)
    assert "backbone_rate" not in points.varied(search_of(make_selection, shallow, point(backbone_rate=0.3)))
    assert "Backbone's share" not in dict(points.fixed(search_of(make_selection, shallow)))
    deep = [point(unfrozen_stages=1, backbone_rate=rate) for rate in (0.1, 0.3)]
    assert "backbone_rate" in points.varied(search_of(make_selection, *deep))
    assert (points.cell(shallow, "backbone_rate"), points.cell(deep[0], "backbone_rate")) == ("", "0.1")


def test_words_stand_from_little_to_much():
    assert points.ordered(["strong", "none", "light"]) == ["none", "light", "strong"]
    assert points.ordered([128, 0]) == [0, 128]
