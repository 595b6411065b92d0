import pytest

from components.rates import Rates
from components.report.bill import bill
from components.runs import StepRecord

PAID = Rates(gpus={"tune": 2, "train": 1}, price_per_gpu_hour=1.5)


def record(step, seconds, item="", **others):
    return StepRecord(
        step=step, item=item, seconds=seconds, facts={}, **{"status": "succeeded", "reused": False, **others}
    )


@pytest.fixture
def items(make_selection, make_model):
    """Records, rates -> title -> item; two searches of 250 s, a training of 75 s."""

    def make(records, rates=PAID):
        made = bill(records, make_selection(), make_model(), rates)
        return {item.title: item for item in (*made.items, made.total)}

    return make


def test_work_of_this_run_is_what_its_record_says(items):
    found = items([record("tune", 3600, "xception", cpu_s=5400)])["search of xception"]
    assert (found.seconds, found.cpu_s, found.gpu_hours, found.price) == (3600, 5400, 2.0, 3.0)
    assert not found.made_before


def test_every_workers_search_is_an_item_with_its_own_record(make_selection, make_model):
    result = make_selection(("vgg16",)).best
    found = tuple(result.model_copy(update={"worker": number, "workers": 2}) for number in (1, 2))
    selection = make_selection(("vgg16",)).model_copy(update={"best": found[0], "searches": found})
    made = bill([record("tune", 3600, "vgg16-2of2")], selection, make_model(), PAID)
    times = {item.title: (item.seconds, item.made_before) for item in made.items[:2]}
    assert times == {
        "search of vgg16, worker 1 of 2": (250, True),
        "search of vgg16, worker 2 of 2": (3600, False),
    }


def test_what_attempts_in_other_runs_took_is_counted(make_selection, make_model):
    model = make_model().model_copy(update={"seconds": 36000.0, "cpu_s": 70000.0})
    made = bill([record("train", 3600, cpu_s=7000)], make_selection(), model, PAID)
    found = {item.title: item for item in made.items}["training"]
    assert (found.seconds, found.cpu_s, found.gpu_hours, found.made_before) == (36000, 70000, 10, False)


@pytest.mark.parametrize("others", [{"reused": True}, {"status": "failed"}])
def test_work_that_this_run_did_not_do_took_what_its_result_says(items, others):
    found = items([record("train", 0.2, **others)])["training"]
    assert (found.seconds, found.made_before) == (75, True)
    assert found.gpu_hours == pytest.approx(75 / 3600)


def test_an_evaluation_that_was_made_before_took_nobody_knows_what(items, make_selection, make_model):
    assert items([])["evaluation"].seconds is None
    assert not bill([], make_selection(), make_model(), PAID).is_whole
    assert bill([record("evaluate", 5)], make_selection(), make_model(), PAID).is_whole


def test_everything_is_added_up(items):
    total = items([record("tune", 3600, "xception", cpu_s=100), record("evaluate", 50, cpu_s=40)])["all"]
    assert total.seconds == 250 + 3600 + 75 + 50
    assert total.cpu_s == 140
    assert total.gpu_hours == pytest.approx((2 * (250 + 3600) + 75) / 3600)
    assert total.price == pytest.approx(1.5 * total.gpu_hours)


def test_without_gpus_there_is_no_price(items):
    total = items([], Rates(price_per_gpu_hour=2))["all"]
    assert (total.gpu_hours, total.price) == (0, None)


def test_without_a_price_gpus_are_counted_all_the_same(items):
    total = items([], Rates(gpus={"train": 4}))["all"]
    assert (total.gpu_hours, total.price) == (pytest.approx(4 * 75 / 3600), None)


def test_processors_are_counted_if_every_record_is_there(make_selection, make_model):
    every = [("tune", "mobilenet_v2"), ("tune", "xception"), ("train", ""), ("evaluate", "")]
    records = [record(step, 9, item, cpu_s=1.0) for step, item in every]
    assert bill(records, make_selection(), make_model(), PAID).counts_processors
    assert not bill(records[1:], make_selection(), make_model(), PAID).counts_processors
