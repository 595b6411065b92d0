"""What finding this model took: time, processors, GPUs and their price. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.artifacts import SearchResult, Selection, TrainedModel
from components.rates import Rates
from components.report.searches import title
from components.runs import StepRecord


@dataclass(frozen=True)
class Item:
    """One piece of work. seconds and cpu_s are None if nobody wrote them down."""

    title: str
    seconds: float | None
    cpu_s: float | None
    gpu_hours: float
    price: float | None
    made_before: bool  # by an earlier run: its time is what it took then


@dataclass(frozen=True)
class Bill:
    """All work on the way to the model's score."""

    items: tuple[Item, ...]

    @property
    def total(self) -> Item:
        """Of what is known."""
        priced = [item.price for item in self.items if item.price is not None]
        timed = [item.cpu_s for item in self.items if item.cpu_s is not None]
        return Item(
            "all", sum(item.seconds or 0.0 for item in self.items), sum(timed) if timed else None,
            sum(item.gpu_hours for item in self.items), sum(priced) if priced else None,
            any(item.made_before for item in self.items),
        )  # fmt: skip

    @property
    def is_whole(self) -> bool:
        """Whether the time of every item is known."""
        return all(item.seconds is not None for item in self.items)

    @property
    def counts_processors(self) -> bool:
        """Whether the processor's time of every item is known."""
        return all(item.cpu_s is not None for item in self.items)


def bill(records: Sequence[StepRecord], selection: Selection, model: TrainedModel, rates: Rates) -> Bill:
    """Searches, training and evaluation: by what their results say of themselves, or by the run's records.

    A result knows what all attempts at it took, in whichever run; a record also what came before and after the work.
    rates: GPUs of each step and their price; what an earlier run made is taken to have held as many.
    """
    made = {(one.step, one.item): one for one in records if one.status == "succeeded" and not one.reused}
    return Bill(
        tuple(
            _item(title, step, made.get((step, item)), result, rates)
            for title, step, item, result in _works(selection, model)
        )
    )


def _works(
    selection: Selection, model: TrainedModel
) -> Iterator[tuple[str, str, str, SearchResult | TrainedModel | None]]:
    """Title, step, item and the result that knows what it took."""
    for search in selection.searches:
        yield f"search of {title(search)}", "tune", search.task, search
    yield "training", "train", "", model
    yield "evaluation", "evaluate", "", None


def _item(
    title: str, step: str, record: StepRecord | None, result: SearchResult | TrainedModel | None, rates: Rates
) -> Item:
    known = [one for one in (record, result) if one is not None]
    seconds = max((one.seconds for one in known), default=None)
    cpu_s = max((one.cpu_s for one in known if one.cpu_s is not None), default=None)
    hours = rates.gpu_hours(step, seconds or 0.0)
    price = rates.price(hours) if hours else None
    return Item(title, seconds, cpu_s, hours, price, made_before=record is None)
