import time

import pytest

from components.artifacts import Hyperparameters, Trial
from components.stored_files import StoredFiles
from components.tune import feature_use
from components.tune.feature_use import Reports
from tuning import backbones
from tuning.store.fill import Tally
from tuning.store.planner import Plan, Verdict
from tuning.store.source import Report
from tuning.trial import TrialSettings

# An image is decoded in 2 s and goes through all frozen stages in 10 s more; what comes out is read in 1 s.
PLAN = Plan((Verdict("images", False, "", 0, 9, 2, ""), Verdict("pooled", True, "pooled", 0, 1, 12, "")), 0.0)


@pytest.fixture
def files(tmp_path):
    return StoredFiles(str(tmp_path))


def reports(files, report=None):
    found = Reports(files)
    found.of(report or Report())
    return found


def trial(side_px=32):
    point = Hyperparameters(unfrozen_stages=0, head_width=0, dropout=0, learning_rate=1e-3, image_side_px=side_px)
    return Trial(trial_id="1", status="completed", score=1, hyperparameters=point, epochs=2, curve=(0.5, 1), seconds=1)


@pytest.mark.parametrize(("head_steps", "passes"), [(0, 1), (12, 3)])
def test_what_was_saved_counts_every_pass_of_a_head(head_steps, passes):
    settings = TrialSettings(epochs=2, batch_size=5, objective="macro_f1", seed=1, head_steps=head_steps)
    report = Report(Tally(seconds=70.0), {32: PLAN})
    counts = {"train": 10, "validation": 5, "test": 99}
    used = feature_use.use(report, backbones.get("vgg16"), settings, counts, [trial()])
    # Two epochs, each with so many passes over 10 images and one over 5; 12 - 1 saved with each of them.
    assert used.saved_s == pytest.approx(2 * (passes * 10 + 5) * (12 - 1) - 70)


def test_a_side_of_which_nothing_is_known_saves_nothing():
    settings = TrialSettings(epochs=2, batch_size=5, objective="macro_f1", seed=1)
    used = feature_use.use(
        Report(plans={32: PLAN}), backbones.get("vgg16"), settings, {"train": 1, "validation": 1}, [trial(64)]
    )
    assert used.saved_s == 0


def test_what_killed_attempts_reported_is_added_up_and_their_plans_stay(files):
    reports(files, Report(Tally(4, 0, 100, 7.0), {32: PLAN}, ["old"])).keep()
    reports(files, Report(Tally(2, 3, 10, 0.5), {64: PLAN})).keep()
    assert Reports(files).whole == Report(Tally(6, 3, 110, 7.5), {32: PLAN, 64: PLAN}, ["old"])


def test_the_time_of_features_that_a_kill_cut_off_counts_and_that_of_whole_ones_once(files):
    found = reports(files)
    found.images(10, 30)
    time.sleep(0.05)
    found.images(20, 30)
    found.keep()
    assert Reports(files).whole.tally.seconds >= 0.05
    found.images(30, 30)
    assert found.whole.tally.seconds == 0  # the source counts it
    found.images(10, 30)
    found.trial()  # it failed for want of memory
    assert found.whole.tally.seconds == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tally": 1}', '{"tally": {"seconds": null}}'])
def test_a_damaged_file_counts_as_nothing(files, tmp_path, content):
    (tmp_path / feature_use.NAME).write_text(content)
    assert Reports(files).whole == Report()
