import re

import pytest

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
    assert page.count("<svg") == 4
    assert 'fill="var(--ink)"' in page
    assert 'stroke="var(--series-1)"' in page
    assert not re.search(r'(?:fill|stroke)="(?:#000|#fff|black|white)', page)


def test_a_page_with_many_brands_stays_small(make_content):
    page = render(make_content(tuple(f"brand {number}" for number in range(40))))
    assert len(page.encode()) < 2_000_000


def test_a_search_in_which_no_trial_has_a_score_is_drawn_without_its_chart(make_content):
    content = make_content()
    for result in content.selection.searches:
        object.__setattr__(result, "trials", tuple(trial for trial in result.trials if trial.score is None))
    assert render(content).count("<svg") == 3
