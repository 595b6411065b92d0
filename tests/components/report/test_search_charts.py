import re

from components.report import points, search_charts, searches

BACKBONES = ["mobilenet_v2", "xception"]


def lines_of(drawing):
    """Stroke widths of the trials' lines."""
    return re.findall(r'aria-roledescription="line mark"[^>]*stroke-width="([\d.]+)"', drawing)


def drawn(selection):
    names = points.varied(selection.searches)
    return search_charts.parallel(searches.ranked(selection), names, BACKBONES)


def test_every_trial_with_a_score_is_a_line_and_the_chosen_one_is_thick(make_selection):
    widths = lines_of(drawn(make_selection()))
    assert len(widths) == 10  # of 12 trials, two failed
    assert sorted(widths)[-2:] == ["1.5", "3.5"]


def test_each_axis_names_its_values_and_the_last_one_the_scores(make_selection):
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn(make_selection()))
    assert {"Unfrozen stages", "Head width", "Learning rate", "Score"} <= set(texts)
    assert {"none", "128", "0.0005", "0.003", "70.0%", "84.0%"} <= set(texts)


def test_a_search_of_one_trial_can_be_drawn(make_selection):
    selection = make_selection()
    one = selection.best.model_copy(update={"trials": (selection.best.best,)})
    alone = selection.model_copy(update={"best": one, "searches": (one,)})
    assert lines_of(drawn(alone)) == ["3.5"]


def test_trials_that_were_stopped_are_rings_beside_the_points(make_selection):
    (result,) = make_selection(("vgg16",)).searches
    first, second, *others = result.trials
    trials = (first, second.model_copy(update={"status": "stopped"}), *others)
    drawing = search_charts.depths([result.model_copy(update={"trials": trials})])
    fills = re.findall(r'aria-roledescription="point"[^>]*', drawing)
    rings = [mark for mark in fills if 'fill="transparent"' in mark or 'fill="none"' in mark or "fill=" not in mark]
    assert (len(fills), len(rings)) == (5, 1)
