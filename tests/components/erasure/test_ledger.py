import threading

from components import storage
from components.erasure import ledger

A, B = "a" * 64, "b" * 64


def test_ids_are_kept_once_and_in_the_form_of_a_takedown_file(tmp_path):
    root = str(tmp_path)
    assert ledger.read(root).ids == frozenset()
    ledger.add(root, [A])
    ledger.add(root, [A, B])
    assert ledger.read(root).ids == {A, B}
    lines = storage.read_text(f"{root}/erased.txt").splitlines()
    assert lines[1:] == [A, B]
    assert lines[0].startswith("#")


def test_two_that_add_at_once_lose_nothing(bucket):
    names = [f"{number:064x}" for number in range(4)]
    threads = [threading.Thread(target=ledger.add, args=(bucket, [name])) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.read(bucket).ids == set(names)
