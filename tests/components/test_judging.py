"""From a trained model to the champion: evaluate, gate, report, verify and push on a real snapshot of real files.

The networks are small and their weights are set by hand: they tell red from blue, so that what they must answer is
known for every image. Some files are of the wrong colour on purpose ("odd").
"""

import json

import keras
import numpy as np
import pytest
from PIL import Image

import components.evaluate.predict as prediction
from components import manifest, registry, runs, storage
from components.artifacts import Evaluation, Findings, Promotion, Snapshot, Verdict, Verification
from components.errors import BrandlensError
from components.evaluate import step as evaluate
from components.gate import step as gate
from components.ingest import step as ingest
from components.preprocess import step as preprocess
from components.push import step as push
from components.report import step as report
from components.verify import step as verify
from tuning import export

SIDE_PX = 32
DATA = {
    "stored_side_px": SIDE_PX,
    "split": {"train": 0.3, "validation": 0.2, "test": 0.5},
}
BEAM = ["--runner=FnApiRunner", "--direct_running_mode=in_memory"]
COLOURS = {"red": (210, 50, 60), "blue": (50, 60, 210)}


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """A data root with a snapshot: 30 files of each brand, every fifth red and every tenth blue one odd."""
    folder = tmp_path_factory.mktemp("ground")
    random = np.random.default_rng(1)
    for brand, step in {"red": 5, "blue": 10}.items():
        (folder / "raw" / brand / "instagram").mkdir(parents=True)
        for number in range(30):
            odd = number % step == 0
            colour = COLOURS["blue" if (brand == "red") == odd else "red"]
            pixels = np.clip(random.normal(colour, 12, (40, 48, 3)), 0, 255).astype(np.uint8)
            name = f"{'odd' if odd else 'plain'} {number}.png"
            Image.fromarray(pixels).save(folder / "raw" / brand / "instagram" / name)
    listing = ingest.run(str(folder / "raw"), str(folder / "data"), DATA)
    preprocess.run(listing, str(folder / "data"), DATA, BEAM, str(folder / "snapshot.json"))
    return folder


@pytest.fixture(scope="module")
def snapshot(ground):
    return Snapshot.read(str(ground / "snapshot.json"))


@pytest.fixture(scope="module")
def networks(tmp_path_factory, snapshot):
    """A network that tells red from blue, and one that always answers red, exported."""

    def exported(name, weight, bias):
        pixels = keras.Input((SIDE_PX, SIDE_PX, 3))
        mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(pixels))
        network = keras.Model(pixels, keras.layers.Dense(2, activation="softmax", name="answer")(mean))
        red = snapshot.labels.index("red")
        kernel = np.zeros((3, 2))
        kernel[0, red], kernel[2, red] = weight, -weight
        network.get_layer("answer").set_weights([kernel, bias * np.eye(2)[red]])
        folder = tmp_path_factory.mktemp(name)
        export.save(network, str(folder), snapshot.labels, SIDE_PX)
        return folder

    return {"sharp": exported("sharp", 8.0, 0.0), "blind": exported("blind", 0.0, 1.0)}


@pytest.fixture
def bench(ground, snapshot, networks, make_model, tmp_path):
    """A data root of its own over the shared snapshot, and the steps as a run calls them."""
    return Bench(ground, snapshot, networks, make_model, tmp_path)


class Bench:
    def __init__(self, ground, snapshot, networks, make_model, folder):
        self.snapshot_path, self.snapshot = str(ground / "snapshot.json"), snapshot
        self.networks, self.make_model, self.folder = networks, make_model, folder
        self.root = str(folder / "data")

    def path(self, name):
        return str(self.folder / f"{name}.json")

    def evaluate(self, network="sharp", **others):
        model = self.make_model(
            self.networks[network], network, self.snapshot.labels,
            **{"snapshot_id": self.snapshot.snapshot_id, **others},
        )  # fmt: skip
        model.write(self.path("model"))
        return evaluate.run(self.snapshot_path, self.path("model"), self.root, {}, 17.0, self.path("evaluation"))

    def gate(self):
        return gate.run(self.path("evaluation"), self.root, {}, self.path("verdict"))

    def promote(self):
        verify.run(self.path("model"), self.path("evaluation"), self.root, self.path("verification"))
        push.run(
            *(self.path(name) for name in ("model", "evaluation", "verdict", "verification")),
            self.root, self.path("promotion"),
        )  # fmt: skip
        return Promotion.read(self.path("promotion"))


def recalls(snapshot):
    """What the sharp network must score: the share of test files of each brand that are not odd."""
    rows = [
        row for row in manifest.read_rows(snapshot.manifest_uri) if row.split == "test" and row.status == "admitted"
    ]
    plain = {brand: [("odd" not in row.uri) for row in rows if row.label == brand] for brand in COLOURS}
    return {brand: sum(values) / len(values) for brand, values in plain.items()}


def test_the_score_is_that_of_the_files(bench):
    evaluation = bench.evaluate()
    expected = recalls(bench.snapshot)
    assert 0 < expected["red"] < 1  # or the figures below would say nothing
    score = evaluation.challenger
    assert {name: figures.recall for name, figures in score.per_class.items()} == pytest.approx(expected)
    assert score.balanced_accuracy == pytest.approx(sum(expected.values()) / 2)
    assert score.images == sum(bench.snapshot.counts["test"].values())
    assert Evaluation.read(bench.path("evaluation")) == evaluation


def test_the_record_says_how_the_answers_were_had(bench, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "r1")
    evaluation = bench.evaluate()
    (record,) = runs.read_records(bench.root, "r1")
    assert record.facts["answered"] == {"challenger": evaluation.challenger.answered.model_dump()}
    assert "leaves nothing to gain" in evaluation.challenger.answered.note


def test_examples_of_mistakes_are_the_odd_files(bench):
    examples = json.loads(storage.read_text(bench.evaluate().examples_uri))
    assert examples["wrong"]
    assert all("odd" in example["uri"] for example in examples["wrong"])
    assert all("plain" in example["uri"] for example in examples["right"])


def test_without_a_champion_nothing_is_compared(bench):
    evaluation = bench.evaluate()
    assert (evaluation.champion, evaluation.champion_id) == (None, None)
    assert evaluation.champion_note == "There is no champion yet."


def test_an_evaluation_that_is_there_is_not_computed_again(bench, monkeypatch):
    first = bench.evaluate()
    monkeypatch.setattr(prediction, "predict", None)
    assert bench.evaluate() == first


def test_a_model_of_another_snapshot_is_refused(bench):
    with pytest.raises(BrandlensError, match="another split might hold images that it has learned"):
        bench.evaluate(snapshot_id="other")


def test_a_promoted_model_is_the_champion_that_the_next_must_face(bench, monkeypatch):
    bench.evaluate()
    assert bench.gate() == "promote"
    promotion = bench.promote()
    assert Verification.read(bench.path("verification")).same_answers == 1.0
    assert registry.champion(bench.root).model_id == "sharp"

    again = bench.evaluate()
    assert again.champion == again.challenger
    assert bench.gate() == "keep"
    assert Verdict.read(bench.path("verdict")).reasons == (
        "the challenger is the champion already; there is nothing to replace",
    )

    worse = bench.evaluate("blind")
    assert worse.challenger.balanced_accuracy == 0.5
    assert worse.champion.balanced_accuracy == again.challenger.balanced_accuracy
    assert worse.champion.model_id == "sharp"
    assert (worse.champion_id, worse.champion_version) == ("sharp", promotion.version)
    assert bench.gate() == "keep"


def test_a_champion_of_other_brands_is_not_compared_but_named(bench):
    stranger = bench.make_model(bench.networks["blind"], "stranger", ("green", "red"))
    registry.crown(bench.root, registry.register(bench.root, stranger), instead_of=None)
    evaluation = bench.evaluate()
    assert evaluation.champion is None
    assert evaluation.champion_id == "stranger"
    assert evaluation.champion_note == (
        "The champion (version 1) answers another question: it does not know blue; "
        "it knows green, which this snapshot lacks."
    )


def test_a_champion_that_learned_the_brands_in_another_order_is_read_in_that_order(bench):
    turned = bench.make_model(bench.networks["sharp"], "turned", bench.snapshot.labels[::-1])
    registry.crown(bench.root, registry.register(bench.root, turned), instead_of=None)
    evaluation = bench.evaluate()
    assert evaluation.champion.balanced_accuracy == pytest.approx(1 - evaluation.challenger.balanced_accuracy)


def test_the_report_shows_the_stored_pictures_and_is_kept_with_the_run(bench, make_selection, monkeypatch):
    monkeypatch.setenv(runs.RUN_ID, "r1")
    bench.evaluate()
    bench.gate()
    Findings(snapshot_id=bench.snapshot.snapshot_id).write(bench.path("findings"))
    make_selection().write(bench.path("selection"))
    names = ("findings", "selection", "model", "evaluation", "verdict")
    arguments = [bench.snapshot_path, *map(bench.path, names), bench.root, bench.path("report")]
    report.run(*arguments)
    page = storage.read_text(bench.path("report"))
    assert page.count("data:image/jpeg;base64,") == page.count("<figcaption>") > 12
    assert storage.read_text(f"{bench.root}/runs/r1/report.html") == page
    report.run(*arguments)
    (record,) = (record for record in runs.read_records(bench.root, "r1") if record.step == "report")
    assert record.reused
    assert record.facts == {"report_uri": f"{bench.root}/runs/r1/report.html"}
