import signal
import subprocess
import sys
import threading

from tuning import interruption

WORK = """
import sys, time
from tuning import interruption
with interruption.noticed() as asked:
    print("working", flush=True)
    while not asked.wait(0.01):
        pass
    print("saved", flush=True)
    raise interruption.Interrupted
"""


def test_sigterm_is_delivered_after_the_work_was_saved():
    with subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "working\n"
        process.terminate()
        assert process.stdout.read() == "saved\n"
    assert process.returncode == -signal.SIGTERM


def test_what_sigterm_did_before_it_does_again():
    former = signal.getsignal(signal.SIGTERM)
    with interruption.noticed() as asked:
        assert signal.getsignal(signal.SIGTERM) is not former
    assert signal.getsignal(signal.SIGTERM) is former
    assert not asked.is_set()


def test_in_another_thread_signals_are_left_alone():
    former, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with interruption.noticed():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [former]


def test_interrupted_is_no_exception_that_a_step_would_swallow():
    assert not issubclass(interruption.Interrupted, Exception)
