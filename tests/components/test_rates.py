import pytest

from components import rates
from components.rates import Rates

TWO_GPUS = Rates(gpus={"tune": 2}, price_per_gpu_hour=0.5)


def test_gpu_hours_are_hours_by_the_number_of_gpus():
    assert TWO_GPUS.gpu_hours("tune", 5400) == 3.0
    assert TWO_GPUS.gpu_hours("check", 5400) == 0.0


def test_a_running_step_costs_what_its_gpus_cost_so_far_and_for_the_time_left():
    assert TWO_GPUS.so_far("tune", 3600, left_s=1800) == {"cost": 1.0, "cost_left": 0.5}
    assert TWO_GPUS.so_far("tune", 3600, left_s=None) == {"cost": 1.0}


@pytest.mark.parametrize("told", [Rates(), Rates(gpus={"tune": 1}), Rates(price_per_gpu_hour=3)])
def test_without_gpus_or_price_no_cost_is_made_up(told):
    assert told.so_far("tune", 3600, 60) == {}


def test_a_step_reads_what_its_task_was_told(monkeypatch):
    monkeypatch.setenv(rates.VARIABLE, TWO_GPUS.model_dump_json())
    assert rates.of_environment() == TWO_GPUS
    monkeypatch.delenv(rates.VARIABLE)
    assert rates.of_environment() == Rates()
