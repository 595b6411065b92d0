"""Stored features in batches: which rows, in which order, decided by seed and epoch alone."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np

from tuning.features import Features

_IN_MEMORY_BYTES = 1 << 30  # vectors up to this size are held; maps of activations are left to the page cache
Item = TypeVar("Item")


class Rows(NamedTuple):
    """inputs: (n, ...). labels: (n,) int32. real: (n,) float32, 0 where a row only fills the batch."""

    inputs: np.ndarray
    labels: np.ndarray
    real: np.ndarray


def steps(images: int, batch_size: int) -> int:
    """Batches of an epoch."""
    return -(-images // batch_size)


def passes(wanted: int, steps: int) -> int:
    """How often an epoch has to see every image for a training of so many steps to take as many as are wanted."""
    return max(1, -(-wanted // max(1, steps)))


def order(labels: np.ndarray, seed: int, epoch: int, balanced: bool) -> np.ndarray:
    """The rows (n,) of an epoch: every image once, or drawn so that every class comes equally often."""
    generator = np.random.default_rng((seed, epoch))
    if not balanced:
        return generator.permutation(len(labels))
    counts = np.bincount(labels)
    chances = 1 / (counts[labels] * np.count_nonzero(counts))
    return generator.choice(len(labels), len(labels), p=chances / chances.sum())


def epoch(
    features: Features, chosen: np.ndarray, number: int, batch_size: int,
    placed: Callable[[int, Rows], Any] = lambda _index, rows: rows, done: int = 0,
) -> Iterator[Any]:  # fmt: skip
    """The chosen rows in batches of one size after the first `done`, read ahead by a thread.

    number: of the epoch, from 0; the stored views take turns. The last batch is filled with rows from the start, which
    are not real: a batch of another size would be traced anew. placed: what the thread then makes of each batch.
    """
    view = features.activations[number % len(features.activations)]
    filled = np.resize(chosen, steps(len(chosen), batch_size) * batch_size)

    def rows() -> Iterator[Rows]:
        for start in range(done * batch_size, len(filled), batch_size):
            at = filled[start : start + batch_size]
            real = (np.arange(start, start + batch_size) < len(chosen)).astype(np.float32)
            yield Rows(np.asarray(view[at]), features.labels[at].astype(np.int32), real)

    return ahead(placed(index, batch) for index, batch in enumerate(rows()))


def held(features: Features) -> Features:
    """Vectors (n, channels) that are held in memory as float32 if they fit, else left where they are."""
    rows = np.arange(len(features.labels))
    most = _IN_MEMORY_BYTES // len(features.activations)
    views = [
        np.asarray(view[rows], np.float32) if len(rows) * view.shape[1] * 4 <= most else view
        for view in features.activations
    ]
    return Features(views, features.labels)


def ahead(items: Iterator[Item], most: int = 2) -> Iterator[Item]:
    """The same items, made by a thread while the one before is used. An error in the thread is raised here."""
    ready: queue.Queue[tuple[bool, Any]] = queue.Queue(most)
    closed = threading.Event()

    def put(item: tuple[bool, Any]) -> None:
        while not closed.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for item in items:
                put((True, item))
                if closed.is_set():
                    return
            put((False, None))
        except BaseException as error:
            put((False, error))

    thread = threading.Thread(target=work, name="batches", daemon=True)
    thread.start()
    try:
        while True:
            more, item = ready.get()
            if more:
                yield item
            elif item is None:
                return
            else:
                raise item
    finally:
        closed.set()
        thread.join()
