"""The page in a real browser: headless Chromium, opened as a file and in the dashboard's kind of frame."""

import re

import pytest

from components.report.page import render

HOSTILE = ('<script>document.title="owned"</script>', "<img src=x onerror=\"document.title='owned'\">", "c")
WHOLE = '{"fetched":[],"wide":false,"pictures":11,"drawings":5}'


@pytest.mark.parametrize("width", [1200, 500])
def test_it_is_whole_without_a_network_at_any_width(probed, make_content, width):
    assert probed(render(make_content()), width) == WHOLE


ORDER = """<script>addEventListener("load", () => {
  document.getElementById("by-unfrozen_stages").checked = true;
  const rows = [...document.querySelectorAll(".ordered tbody tr")].map(row => [...row.cells]);
  rows.sort((one, other) => one[0].getBoundingClientRect().top - other[0].getBoundingClientRect().top);
  document.body.dataset.probe = rows.map(cells => cells[4].textContent.trim()).join(" ");
});</script>"""


def test_trials_stand_in_the_order_of_the_column_that_is_chosen_without_a_script_of_the_page(opened, make_content):
    page = render(make_content())
    document = opened(page.replace("</body>", ORDER + "</body>"))
    assert re.search(r'data-probe="([^"]*)"', document).group(1) == "0 0 0 0 1 1 1 1 2 2 2 2"


def test_hostile_names_run_nothing(opened, make_content):
    document = opened(render(make_content(HOSTILE)))
    assert "<title>brandlens report: promote</title>" in document


def test_it_is_whole_inside_a_frame_that_allows_scripts_only(probed_in_a_frame, make_content):
    assert probed_in_a_frame(render(make_content())) == WHOLE
