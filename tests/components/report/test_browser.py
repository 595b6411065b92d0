"""The page in a real browser: headless Chromium, opened as a file and in the dashboard's kind of frame."""

import pytest

from components.report.page import render

HOSTILE = ('<script>document.title="owned"</script>', "<img src=x onerror=\"document.title='owned'\">", "c")
WHOLE = '{"fetched":[],"wide":false,"pictures":11,"drawings":5}'


@pytest.mark.parametrize("width", [1200, 500])
def test_it_is_whole_without_a_network_at_any_width(probed, make_content, width):
    assert probed(render(make_content()), width) == WHOLE


def test_hostile_names_run_nothing(opened, make_content):
    document = opened(render(make_content(HOSTILE)))
    assert "<title>brandlens report: promote</title>" in document


def test_it_is_whole_inside_a_frame_that_allows_scripts_only(probed_in_a_frame, make_content):
    assert probed_in_a_frame(render(make_content())) == WHOLE
