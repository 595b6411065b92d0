"""Checkpoints are written while training goes on: a GPU should not wait for a disk or a bucket.

Orbax calls it so. Only copies of the arrays may be given: what they were copied from changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from typing_extensions import Self

from tuning import checkpoint
from tuning.checkpoint import STATE, Checkpoint
from tuning.files import Files


class AsyncCheckpointer:
    """Does what it is told in that order, in a thread of its own; after something failed, nothing more is done.

    Leaving it as a context waits for the rest.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._worker = ThreadPoolExecutor(1, "checkpoint")
        self._failure: Exception | None = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait for the rest. Raises what stood in its way, unless something else is being raised already."""
        self._worker.shutdown()
        if kind is None:
            self._check()

    def write(self, kept: Checkpoint, name: str = STATE) -> None:
        """Replace the checkpoint as a whole, soon."""
        self._then(lambda: checkpoint.write(self._files, kept, name))

    def remove(self, name: str) -> None:
        """Remove a checkpoint, soon."""
        self._then(lambda: self._files.remove(name))

    def read(self, name: str = STATE) -> Checkpoint | None:
        """The checkpoint as it is once everything is done; see checkpoint.read."""
        self.wait()
        return checkpoint.read(self._files, name)

    def wait(self) -> None:
        """Return when everything is done. Raises what stood in its way."""
        self._worker.submit(lambda: None).result()
        self._check()

    def _then(self, act: Callable[[], Any]) -> None:
        self._worker.submit(self._do, act)

    def _do(self, act: Callable[[], Any]) -> None:
        if self._failure is None:  # a state must not name weights that could not be written
            try:
                act()
            except Exception as failure:
                self._failure = failure

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
