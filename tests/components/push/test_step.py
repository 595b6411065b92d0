import pytest

from components import learned, registry
from components.artifacts import Promotion, Verdict, Verification
from components.errors import BrandlensError
from components.push.step import run
from components.registry import StaleVerdictError


@pytest.fixture
def push(tmp_path, make_model, make_score, make_evaluation):
    """Push a model with the given verdict and verification; returns what promotion.json says."""
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "model.keras").write_text("keras")

    def pushed(model_id="new", promote=True, champion_id=None, verified="new", judged="new"):
        paths = {name: str(tmp_path / f"{name}.json") for name in ("model", "evaluation", "verdict", "verification")}
        make_model(folder, model_id).write(paths["model"])
        make_evaluation(make_score({"acme": 0.9, "zeta": 0.8}, judged)).write(paths["evaluation"])
        Verdict(promote=promote, reasons=("recall fell",), challenger_id="new", champion_id=champion_id).write(
            paths["verdict"]
        )
        Verification(
            model_id=verified, images=8, max_difference=0.0, mean_difference=0.0, same_answers=1.0, left_out={}
        ).write(paths["verification"])
        run(*paths.values(), str(tmp_path / "data"), str(tmp_path / "promotion.json"))
        return Promotion.read(str(tmp_path / "promotion.json"))

    return pushed


def test_a_promoted_model_becomes_the_champion(push, tmp_path):
    promotion = push()
    assert promotion.version == 1
    assert promotion.uri == f"{tmp_path}/data/registry/versions/000001"
    assert registry.champion(str(tmp_path / "data")).model_id == "new"
    assert learned.is_marked(str(tmp_path / "data"), "snapshot")


def test_a_push_that_is_started_again_gives_the_same_version(push):
    assert push() == push()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"promote": False}, r"the verdict is keep \(recall fell\)"),
        ({"verified": "other"}, "the verification is about model other"),
        ({"judged": "other"}, "the evaluation is about model other"),
        ({"model_id": "other", "verified": "other", "judged": "other"}, "the verdict is about model new"),
    ],
)
def test_what_does_not_speak_for_the_model_is_refused(push, tmp_path, wrong, message):
    with pytest.raises(BrandlensError, match=message):
        push(**wrong)
    assert registry.champion(str(tmp_path / "data")) is None
    assert registry.versions(str(tmp_path / "data")) == []


def test_a_verdict_against_another_champion_is_refused(push):
    with pytest.raises(StaleVerdictError, match="with model gone, but the champion is now no champion"):
        push(champion_id="gone")
