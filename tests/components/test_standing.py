from pathlib import Path

from components import standing
from components.standing import Teller


def test_what_a_step_told_last_is_found_in_order_of_start(tmp_path):
    for item, started in (("xception", 200.0), ("vgg16", 100.0)):
        Teller(str(tmp_path), "run-1", "tune", item, started).tell({"done": 2, "text": Path("/a")}, now=0)
    first, second = standing.read(str(tmp_path), "run-1")
    assert (first.item, second.item) == ("vgg16", "xception")
    assert (first.started, first.values) == (100.0, {"done": 2, "text": "/a"})


def test_it_is_not_written_with_every_word(tmp_path):
    teller = Teller(str(tmp_path), "run-1", "train", "", 0.0)
    for now in (0, 1, standing.EVERY_S - 0.1):
        teller.tell({"done": now}, now)
    (found,) = standing.read(str(tmp_path), "run-1")
    assert found.values == {"done": 0}
    teller.tell({"done": 7}, standing.EVERY_S)
    assert standing.read(str(tmp_path), "run-1")[0].values == {"done": 7}


def test_a_step_that_has_ended_stands_nowhere(tmp_path):
    teller = Teller(str(tmp_path), "run-1", "train", "", 0.0)
    teller.tell({"done": 1}, now=0)
    teller.end()
    assert standing.read(str(tmp_path), "run-1") == []


def test_a_run_that_nobody_knows_has_no_steps(tmp_path):
    assert standing.read(str(tmp_path), "run-1") == []


def test_a_data_root_that_cannot_be_written_stops_nobody(tmp_path, capsys):
    (tmp_path / "runs").write_text("a file where a folder should be")
    teller = Teller(str(tmp_path), "run-1", "train", "", 0.0)
    teller.tell({"done": 1}, now=0)
    teller.tell({"done": 2}, now=99)
    teller.end()
    assert capsys.readouterr().err.count("cannot be told") == 1
