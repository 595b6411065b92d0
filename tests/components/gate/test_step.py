import pytest

from components import learned, registry, succession
from components.artifacts import Evaluation, Verdict
from components.errors import ConfigError
from components.gate.step import run


@pytest.fixture
def evaluation_path(tmp_path, make_score, make_evaluation):
    path = str(tmp_path / "evaluation.json")
    make_evaluation(make_score({"acme": 0.9, "zeta": 0.8})).write(path)
    return path


@pytest.mark.parametrize(("bar", "word"), [(0.8, "promote"), (0.86, "keep")])
def test_the_word_and_the_verdict_agree(tmp_path, evaluation_path, bar, word):
    verdict_path = str(tmp_path / "verdict.json")
    assert run(evaluation_path, str(tmp_path), {"min_balanced_accuracy": bar}, verdict_path) == word
    assert Verdict.read(verdict_path).word == word
    # What is promoted has yet to be verified and put into service.
    assert learned.is_marked(str(tmp_path), Evaluation.read(evaluation_path).snapshot_id) == (word == "keep")


def test_a_wrong_policy_is_refused(tmp_path, evaluation_path):
    with pytest.raises(ConfigError, match="min_balanced_accuracy"):
        run(evaluation_path, str(tmp_path), {"min_balanced_accuracy": 2}, str(tmp_path / "verdict.json"))


def test_a_model_that_a_person_took_out_of_service_is_kept_out(tmp_path, evaluation_path, exported):
    root = str(tmp_path / "data")
    for before, name in ((None, "old"), ("old", "challenger")):
        registry.crown(root, registry.register(root, exported(name)), instead_of=before)
    succession.roll_back(root)
    assert run(evaluation_path, root, {}, str(tmp_path / "verdict.json")) == "keep"
    (reason,) = Verdict.read(str(tmp_path / "verdict.json")).reasons
    assert reason.startswith("version 2 was taken out of service by a person")
    succession.promote(root, 2)
    succession.promote(root, 1)
    succession.promote(root, 2)
    assert run(evaluation_path, root, {}, str(tmp_path / "verdict.json")) == "promote"
