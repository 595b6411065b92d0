import pytest

from tuning import trial_results
from tuning.files import Folder
from tuning.model import Hyperparameters
from tuning.trial_results import TrialResult, TrialResults

POINT = Hyperparameters(1, 4, 0.2, 0.05)


def test_a_trials_score_is_its_best_epoch():
    assert TrialResult(POINT, (0.5, 0.8, 0.7), 1.0).score == 0.8
    assert TrialResult(POINT, (), 1.0, "failed").score is None
    assert TrialResult(POINT, (0.5,), 1.0, "failed").score is None


def test_more_epochs_would_change_what_neither_failed_nor_is_perfect():
    assert not TrialResult(POINT, (0.5, 0.8), 1.0).settled
    assert TrialResult(POINT, (0.5, 1.0), 1.0).settled
    assert TrialResult(POINT, (0.5,), 1.0, "failed").settled


def test_what_became_of_a_trial_later_is_not_known_at_an_earlier_epoch():
    failed = TrialResult(POINT, (0.5, 0.8), 1.0, "the loss is no number")
    assert failed.at(2) == TrialResult(POINT, (0.5, 0.8), 1.0)
    assert failed.at(3) == failed


@pytest.mark.parametrize(
    "found", [TrialResult(POINT, (0.5, 0.8), 1.5, stopped=True), TrialResult(POINT, (), 0.1, "out of memory")]
)
def test_what_is_kept_is_read_again(tmp_path, found):
    results = TrialResults(Folder(tmp_path))
    assert results.read(POINT) is None
    results.keep(found)
    assert results.read(POINT) == found
    assert results.read(Hyperparameters(1, 4, 0.2, 0.06)) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"curve": [0.5]}', b'{"curve": [null], "seconds": 1}'])
def test_a_damaged_file_counts_as_none(tmp_path, content):
    results = TrialResults(Folder(tmp_path))
    results.keep(TrialResult(POINT, (0.5,), 1.0))
    (file,) = (tmp_path / "trials").iterdir()
    file.write_bytes(content)
    assert results.read(POINT) is None


def test_a_training_together_has_a_state_of_its_own():
    other = Hyperparameters(1, 4, 0.2, 0.06)
    names = {trial_results.running(points) for points in ([POINT], [other], [POINT, other])}
    assert len(names) == 3


def test_a_point_is_described_in_one_line():
    assert trial_results.describe(POINT).startswith("unfrozen_stages 1, head_width 4, dropout 0.2, learning_rate 0.05")
