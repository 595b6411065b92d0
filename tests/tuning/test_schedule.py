import pytest

from tuning import schedule


def test_twenty_steps_rise_in_two_and_fall_along_a_cosine():
    shares = [schedule.share(step, 20) for step in range(20)]
    assert shares[:3] == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]
    assert shares[11] == pytest.approx(0.5)  # half-way from step 2 to step 20
    assert 0 < shares[-1] < 0.01


def test_a_training_of_one_step_uses_the_peak():
    assert schedule.share(0, 1) == 1.0


def test_keras_sees_the_same_rates():
    rates = schedule.WarmUpCosine(0.2, 20)
    for step in range(20):
        assert float(rates(step)) == pytest.approx(0.2 * schedule.share(step, 20), abs=1e-6)
    assert float(rates(25)) == pytest.approx(0.0, abs=1e-6)
