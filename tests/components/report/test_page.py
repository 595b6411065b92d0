import dataclasses
import re

import pytest

from components.artifacts import Answered, FeatureUse
from components.rates import Rates
from components.report.bill import bill
from components.report.page import render

HOSTILE = ('<script>document.title="owned"</script>', '"><img src=x onerror="document.title=1">', "a & b")


@pytest.fixture
def page(make_content):
    return render(make_content())


def text_of(page):
    body = re.sub(r"<(style|svg).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_verdict_is_said_in_words_with_its_reasons(page):
    assert "Promote The new model replaces version 3 in service" in text_of(page)
    assert "recall of zeta 0.700 is 0.100 below the champion (0.800)" in text_of(page)


def test_a_model_that_is_kept_out_is_said_to_change_nothing(make_content):
    assert "Keep The new model is not put in service: version 3 stays." in text_of(render(make_content(promote=False)))


def test_the_first_model_is_said_to_be_the_first(make_content):
    assert "becomes the first one in service" in text_of(render(make_content(champion=False)))


def test_headline_figures_stand_with_interval_and_baseline(page):
    text = text_of(page)
    assert "Balanced accuracy 83.3% 95 % interval 78.3% to 88.3%" in text  # (0.95 + 0.70 + 0.85) / 3
    assert "always naming the most frequent brand: 50.0%" in text
    assert "Guessing scores 33.3%" in text


def test_the_least_recognised_brand_comes_first(page):
    rows = re.findall(r'<th scope="row">(\w+)</th>\s*<td class="bar">', page)
    assert rows[:3] == ["zeta", "omni", "acme"]


def test_the_champion_is_shown_beside_each_brand(page):
    assert "zeta 70.0% +20.0 points" in text_of(page)  # 0.7 against 0.6 - 0.1


def test_the_confusion_matrix_has_labels_in_rows(page):
    assert "6 of zeta taken for omni" in text_of(page)
    assert "acme zeta omni acme 19 1 · zeta · 14 6 omni 3 · 17" in text_of(page)


def test_trials_are_ordered_by_score_and_failures_come_last_with_their_reason(page):
    scores = re.findall(r'</th>\s*<td class="number">([\d.]+%|-)</td>', page)
    assert scores[:2] == ["84.0%", "82.0%"]
    assert scores[-2:] == ["-", "-"]
    assert "failed: loss is not a number" in page


def test_warnings_stand_with_their_remedies(page):
    assert "raise check.max_imbalance (now 20)" in text_of(page)


def test_the_images_are_summed_up_with_a_link_to_the_page_that_shows_them(page):
    assert "1,800 in train, 270 in validation, 225 in test" in text_of(page)  # (2 + 3 + 4) x 200, 30 and 25
    assert "17 files quarantined, 5 exact duplicates set aside" in text_of(page)
    assert '<a href="data-report.html">the data report</a>' in page


def test_weights_ids_and_version_say_where_it_comes_from(page):
    for fact in ("ImageNet weights from an unpacked package", "abababababababab", "5f3a0c1be2", "challenger"):
        assert fact in page


def test_how_many_answers_came_from_stored_features_is_said_only_if_some_did(make_content, page):
    assert "from stored features" not in page
    content = make_content()
    answered = Answered(from_features=1044, compared=256, max_difference=0.00072)
    score = content.evaluation.challenger.model_copy(update={"images": 1300, "answered": answered})
    evaluation = content.evaluation.model_copy(update={"challenger": score})
    text = text_of(render(dataclasses.replace(content, evaluation=evaluation)))
    assert "1,044 of 1,300 from stored features, 256 compared with the whole model" in text
    assert "differs by at most 0.0007" in text


def test_every_picture_is_inside_the_page_and_has_words(page):
    sources = re.findall(r'<img src="([^"]*)"', page)
    assert len(sources) == 11
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert 'alt="acme image post 0.jpg, taken for zeta"' in page
    assert "picture not stored any more" in page  # the twelfth has none


def test_nothing_is_fetched_from_anywhere(page):
    # A link is followed by a person, not by the page.
    addresses = re.findall(r"""src\s*=\s*["']([^"']*)|<link|url\(([^)]*)\)|@import""", page)
    assert [address for address in addresses if not "".join(address).startswith(("data:", "#"))] == []
    assert "<script" not in page


def test_hostile_names_are_words_and_no_markup(make_content):
    page = render(make_content(HOSTILE))
    assert "<script>document" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;document" in page


def test_the_charts_take_their_colours_from_the_page(page):
    assert page.count("<svg") == 5
    assert 'fill="var(--ink)"' in page
    assert 'stroke="var(--series-1)"' in page
    assert not re.search(r'(?:fill|stroke)="(?:#000|#fff|black|white)', page)


def test_a_page_with_many_brands_stays_small(make_content):
    page = render(make_content(tuple(f"brand {number}" for number in range(40))))
    assert len(page.encode()) < 2_000_000


def test_a_search_in_which_no_trial_has_a_score_is_drawn_without_its_charts(make_content):
    content = make_content()
    for result in content.selection.searches:
        object.__setattr__(result, "trials", tuple(trial for trial in result.trials if trial.score is None))
    assert render(content).count("<svg") == 3


def priced(content, **rates):
    """The content with what its work cost; nothing of it is known but what the results say."""
    return dataclasses.replace(content, bill=bill([], content.selection, content.model, Rates(**rates)))


def test_what_it_took_is_added_up_and_said_to_be_a_lower_bound(page):
    text = text_of(page)
    assert "At least 9 min 35 s of work" in text  # two searches of 250 s and a training of 75 s
    assert "search of xception 4 min 10 s - made before" in text
    assert "evaluation - - made before; its time was not kept" in text
    assert "GPU" not in text


def test_gpu_hours_stand_with_their_price(make_content):
    text = text_of(render(priced(make_content(), gpus={"tune": 2, "train": 1}, price_per_gpu_hour=10)))
    assert "0.30 GPU-hours for about 2.99" in text  # (2 x 500 s + 75 s) / 3600, at 10
    assert "training 1 min 15 s - 0.02 0.21 made before" in text


def test_gpu_hours_without_a_price_say_so(make_content):
    text = text_of(render(priced(make_content(), gpus={"train": 1})))
    assert "0.02 GPU-hours . Searches may" in text
    assert "The profile names no price for an hour." in text


def searched(content, change):
    """The content with each of its searches changed."""
    found = tuple(result.model_copy(update=change(result)) for result in content.selection.searches)
    return dataclasses.replace(content, selection=content.selection.model_copy(update={"searches": found}))


def test_workers_stand_in_the_tables_and_their_network_once_in_the_charts(make_content):
    content = make_content()
    found = tuple(
        result.model_copy(update={"worker": number, "workers": 2})
        for result in content.selection.searches
        for number in (1, 2)
    )
    selection = content.selection.model_copy(update={"best": found[0], "searches": found})
    page = render(dataclasses.replace(content, selection=selection))
    text = text_of(page)
    assert "24 trials over 2 networks" in text
    assert "Network Worker Score" in text
    assert "xception, worker 2 of 2 6 0 1 36 84.0%" in text
    assert "Worker" not in text_of(render(content))
    assert page.count(">xception</text>") == 2  # in the legends


@pytest.mark.parametrize(("saved_s", "words"), [(150.0, "about 2 min 30 s"), (-4.0, "nothing")])
def test_what_stored_features_saved_is_said_network_by_network(make_content, saved_s, words):
    used = FeatureUse(
        computed_images=1500, found_images=40, written_bytes=12_340_000, filled_s=12.0, saved_s=saved_s
    )  # fmt: skip
    text = text_of(render(searched(make_content(), lambda _: {"features": used})))
    assert f"xception 6 0 1 36 84.0% 4 min 10 s 12.0 s {words}" in text
    assert "xception: 1,500 images computed, 40 found stored, 12.3 MB written." in text


def test_what_stopped_early_means_is_said_where_it_occurs(make_content, page):
    assert "topped early" not in page
    stopped = searched(
        make_content(),
        lambda result: {"trials": tuple(one.model_copy(update={"status": "stopped"}) for one in result.trials[:2])},
    )
    assert text_of(render(stopped)).count("topped early") == 6  # two notes and four trials
