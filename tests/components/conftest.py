"""What tests of several steps start from: small artifacts, results of killed attempts; a browser to open pages in."""

import html
import re
import shutil
import subprocess

import pytest

from components.artifacts import (
    ClassScore,
    Epoch,
    Evaluation,
    Hyperparameters,
    ModelScore,
    SearchResult,
    Selection,
    SourceScore,
    TrainedModel,
    Trial,
    WeightsInfo,
)


@pytest.fixture
def killed_before():
    """(place of a result, the file that publishes it) -> as after attempts at it that took hours and were killed."""

    def forget(place, published):
        (place / published).unlink()
        (place / "state").mkdir()
        (place / "state" / "spent.json").write_text('{"seconds": 36000, "cpu_s": 70000}')

    return forget


@pytest.fixture
def make_score():
    """Recall per brand -> a model's score, 20 test images of each brand."""

    def make(recalls, model_id="challenger", **others):
        classes = len(recalls)
        per_class = {
            name: ClassScore(precision=recall, recall=recall, f1=recall, images=20) for name, recall in recalls.items()
        }
        mean = sum(recalls.values()) / classes
        fields = {
            "model_id": model_id,
            "images": 20 * classes,
            "balanced_accuracy": mean,
            "balanced_accuracy_interval": (max(0.0, mean - 0.05), min(1.0, mean + 0.05)),
            "macro_f1": mean,
            "accuracy": mean,
            "per_class": per_class,
            "confusion": tuple(
                tuple(
                    round(20 * recall)
                    if column == row
                    else (20 - round(20 * recall))
                    if column == (row + 1) % classes
                    else 0
                    for column in range(classes)
                )
                for row, recall in enumerate(recalls.values())
            ),
            "by_source": {"": SourceScore(balanced_accuracy=mean, images=20 * classes)},
            "predictions_uri": "/nowhere/challenger.parquet",
        }
        return ModelScore(**{**fields, **others})

    return make


@pytest.fixture
def make_evaluation():
    """A challenger's score, and a champion's or None -> an evaluation."""

    def make(challenger, champion=None, **others):
        fields = {
            "snapshot_id": "snapshot",
            "labels": tuple(challenger.per_class),
            "challenger": challenger,
            "champion": champion,
            "champion_note": "" if champion else "There is no champion yet.",
            "champion_id": champion.model_id if champion else None,
            "champion_version": 3 if champion else None,
            "majority_accuracy": 0.5,
            "examples_uri": "/nowhere/examples.json",
        }
        return Evaluation(**{**fields, **others})

    return make


@pytest.fixture
def make_model():
    """A folder with an exported model, and labels -> a trained model."""

    def make(uri="/nowhere/model", model_id="challenger", labels=("acme", "zeta"), **others):
        fields = {
            "model_id": model_id,
            "uri": str(uri),
            "snapshot_id": "snapshot",
            "labels": tuple(labels),
            "backbone": "mobilenet_v2",
            "weights": WeightsInfo(backbone="mobilenet_v2", source="none", digest="none", provenance="random numbers"),
            "image_side_px": 32,
            "hyperparameters": Hyperparameters(unfrozen_stages=1, head_width=0, dropout=0.2, learning_rate=0.001),
            "history": tuple(
                Epoch(
                    epoch=number, train_loss=1 / number, train_accuracy=1 - 0.4 / number,
                    validation_loss=0.4 + 0.8 / number, validation_balanced_accuracy=0.9 - 0.35 / number, seconds=2.0,
                )
                for number in range(1, 9)
            ),
            "seconds": 75.0,
        }  # fmt: skip
        return TrainedModel(**{**fields, **others})

    return make


@pytest.fixture
def make_selection():
    """Backbones -> a selection with a few trials of each."""

    def trial(backbone, number, score, depth):
        hyperparameters = Hyperparameters(
            unfrozen_stages=depth, head_width=128 * (number % 2), dropout=0.2, learning_rate=0.0005 * (number + 1)
        )
        return Trial(
            trial_id=f"{backbone}-{number}", status="failed" if score is None else "completed", score=score,
            hyperparameters=hyperparameters, epochs=6, curve=(), seconds=41.0,
            reason="loss is not a number" if score is None else None,
        )  # fmt: skip

    def search(backbone, start):
        scores = [start, start + 0.02, None, start + 0.09, start + 0.06, start + 0.07]
        trials = tuple(trial(backbone, number, score, number % 3) for number, score in enumerate(scores))
        weights = WeightsInfo(
            backbone=backbone, source="store", digest="ab" * 32, provenance="ImageNet weights from an unpacked package"
        )
        return SearchResult(
            snapshot_id="snapshot", backbone=backbone, weights=weights, image_side_px=96, objective="balanced_accuracy",
            best=trials[3], trials=trials, seconds=250.0,
        )  # fmt: skip

    def make(backbones=("mobilenet_v2", "xception")):
        searches = tuple(search(name, 0.7 + 0.05 * place) for place, name in enumerate(backbones))
        return Selection(best=searches[-1], searches=searches)

    return make


@pytest.fixture
def exported(tmp_path, make_model):
    """A model's name -> a trained model with files of its own."""

    def make(model_id):
        folder = tmp_path / "trained" / model_id
        (folder / "saved_model" / "variables").mkdir(parents=True)
        (folder / "model.keras").write_text(f"keras of {model_id}")
        (folder / "saved_model" / "saved_model.pb").write_text(f"graph of {model_id}")
        (folder / "saved_model" / "variables" / "data").write_text(f"numbers of {model_id}")
        return make_model(folder, model_id)

    return make


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

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
    """HTML -> the document as headless Chromium has it after loading, without any network."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the page was not opened")

    def dump(text, *flags):
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        offline = ["--proxy-server=127.0.0.1:9", f"--user-data-dir={tmp_path / 'profile'}"]
        command = [CHROMIUM, *FLAGS, *offline, *flags, "--dump-dom", path.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    return dump


@pytest.fixture
def probed(opened):
    """(HTML, width in pixels) -> what a reader would notice, as JSON."""

    def look(page, width):
        document = opened(page.replace("</body>", PROBE + "</body>"), f"--window-size={width},900")
        return html.unescape(re.search(r'data-probe="([^"]*)"', document).group(1))

    return look


@pytest.fixture
def probed_in_a_frame(opened):
    """HTML -> what a reader would notice in the dashboard's kind of frame, which allows scripts only, as JSON."""

    def look(page):
        # A sandboxed frame has an opaque origin: it can only tell its parent by message what it sees. When the parent
        # gives it another size it says it again: the last word counts.
        say = "() => { probe(); parent.postMessage(document.body.dataset.probe, '*'); }"
        tell = f"<script>for (const event of ['load', 'resize']) addEventListener(event, {say});</script>"
        inside = html.escape(page.replace("</body>", PROBE + tell + "</body>"))
        frame = f'<iframe sandbox="allow-scripts" width="1000" height="800" srcdoc="{inside}"></iframe>'
        listen = "<script>addEventListener('message', event => { document.body.dataset.probe = event.data; });</script>"
        # In a process of its own the frame would not count for the time after which the document is dumped.
        document = opened(
            f"<body>{listen}{frame}</body>", "--disable-features=IsolateSandboxedIframes", "--virtual-time-budget=3000"
        )
        return html.unescape(re.search(r'data-probe="([^"]*)"', document).group(1))

    return look
