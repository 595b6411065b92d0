"""The page in a real browser: headless Chromium, opened as a file and in the dashboard's kind of frame."""

import html
import re
import shutil
import subprocess

import pytest

from components.report.page import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the page was not opened")

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOSTILE = ('<script>document.title="owned"</script>', "<img src=x onerror=\"document.title='owned'\">", "c")

# Says what a reader would notice: what was fetched, what overflows, and where drawings or pictures have no size.
PROBE = """<script>function probe() { document.body.dataset.probe = JSON.stringify({
  fetched: performance.getEntriesByType("resource").map(entry => entry.name).filter(name => !name.startsWith("data:")),
  wide: document.documentElement.scrollWidth > innerWidth,
  pictures: [...document.images].filter(image => image.naturalWidth > 0).length,
  drawings: [...document.querySelectorAll("svg")].filter(svg => svg.getBoundingClientRect().height > 50).length,
}); }
addEventListener("load", probe);</script>"""


@pytest.fixture
def opened(tmp_path):
    """HTML -> the document as Chromium has it after loading, without any network."""

    def dump(text, *flags):
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        offline = ["--proxy-server=127.0.0.1:9", f"--user-data-dir={tmp_path / 'profile'}"]
        command = [CHROMIUM, *FLAGS, *offline, *flags, "--dump-dom", path.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    return dump


def probed(document):
    return html.unescape(re.search(r'data-probe="([^"]*)"', document).group(1))


@pytest.mark.parametrize("width", [1200, 500])
def test_it_is_whole_without_a_network_at_any_width(opened, make_content, width):
    page = render(make_content()).replace("</body>", PROBE + "</body>")
    document = opened(page, f"--window-size={width},900")
    assert probed(document) == '{"fetched":[],"wide":false,"pictures":11,"drawings":4}'


def test_hostile_names_run_nothing(opened, make_content):
    document = opened(render(make_content(HOSTILE)))
    assert "<title>brandlens report: promote</title>" in document


def test_it_is_whole_inside_a_frame_that_allows_scripts_only(opened, make_content):
    # A sandboxed frame has an opaque origin: it can only tell its parent by message what it sees.
    # Before the parent has given it a size, or when it does, it says it again: the last word counts.
    say = "() => { probe(); parent.postMessage(document.body.dataset.probe, '*'); }"
    tell = f"<script>for (const event of ['load', 'resize']) addEventListener(event, {say});</script>"
    page = render(make_content()).replace("</body>", PROBE + tell + "</body>")
    frame = f'<iframe sandbox="allow-scripts" width="1000" height="800" srcdoc="{html.escape(page)}"></iframe>'
    listen = "<script>addEventListener('message', event => { document.body.dataset.probe = event.data; });</script>"
    whole = '{"fetched":[],"wide":false,"pictures":11,"drawings":4}'
    # The frame is another process: on a busy machine the document is dumped before its word has arrived.
    tries = (opened(f"<body>{listen}{frame}</body>", f"--virtual-time-budget={ms}") for ms in (3000, 10000, 30000))
    assert any(html.escape(whole) in document for document in tries)
