import threading

from components import runs
from components.preprocess.ticks import reported, tick


def test_every_thread_is_counted(tmp_path):
    with runs.step("preprocess", str(tmp_path)) as record, reported(record, 200) as path:
        threads = [threading.Thread(target=lambda: [tick(path) for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with open(path, "rb") as file:
            assert len(file.read()) == 200


def test_a_worker_on_another_machine_ticks_in_vain(tmp_path):
    tick(str(tmp_path / "not_there"))
    assert not (tmp_path / "not_there").exists()
