"""The state of a run as its events tell it; pure, so that the display only draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Row:
    """One step (and, in a loop, one item of it)."""

    step: str
    item: str
    status: str = "running"  # "running", "done", "reused" or "failed"
    started: float = 0.0  # seconds since the epoch
    seconds: float | None = None  # None while it runs
    progress: dict[str, Any] = field(default_factory=dict)
    told: float = 0.0  # when it told its progress; seconds since the epoch
    facts: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    exit_code: int = 0
    log: str | None = None

    @property
    def title(self) -> str:
        """The step's name and what it works on."""
        return f"{self.step} {self.item}".strip()

    def elapsed_s(self, now: float) -> float:
        """Seconds so far, or in all when it has ended."""
        return self.seconds if self.seconds is not None else max(0.0, now - self.started)

    def detail(self, now: float) -> str:
        """One line for a person: how far it is, or what came out."""
        if self.status == "failed":
            return self.error.splitlines()[0] if self.error else "failed"
        if self.status != "running":
            return outcome(self)
        return _progress(self.progress, max(0.0, now - self.told))


class Board:
    """Rows in the order in which they started."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.note = ""  # of the whole run, for a person

    def apply(self, event: Mapping[str, Any]) -> Row:
        """Take one event; returns the row that it changed. An event of an unknown kind changes nothing."""
        key = str(event["step"]), str(event.get("item", ""))
        row = self.rows.setdefault(key, Row(*key, started=float(event["time"])))
        if event["event"] == "started":
            # A retried step starts anew.
            self.rows[key] = row = Row(*key, started=float(event["time"]), log=event.get("log"))
        elif event["event"] == "progress":
            row.told = float(event["time"])
            row.progress = {k: v for k, v in event.items() if k not in ("time", "event", "step", "item")}
        elif event["event"] == "finished":
            row.status = "reused" if event["reused"] else "done"
            row.seconds, row.facts = float(event["seconds"]), dict(event["facts"])
        elif event["event"] == "failed":
            row.status, row.seconds = "failed", float(event["seconds"])
            row.error, row.exit_code = str(event["error"]), int(event["exit_code"])
        return row

    @property
    def failure(self) -> Row | None:
        """The step that failed first."""
        return next((row for row in self.rows.values() if row.status == "failed"), None)


def _progress(values: Mapping[str, Any], since_s: float) -> str:
    """For instance `trial 4 of 10, best 0.941, about 12 min left, cost 0.35 and about 0.80 to come, head_width 128`.

    since_s: how long ago that was told.
    """
    if "done" not in values:
        return str(values.get("text", ""))
    unit = str(values.get("unit", ""))
    parts = [_count(values["done"], values["total"], unit)]
    if unit == "images" and (values.get("left_s") or 0) >= 1:  # tenths of a second tell no rate
        # Not by the step's time: it may have counted other images before, or found these half done.
        parts.append(f"{(values['total'] - values['done']) / values['left_s']:.0f} images/s")
    if values.get("best") is not None:
        parts.append(f"best {values['best']:.3f}")
    if values.get("left_s"):
        parts.append(f"about {_duration(max(0.0, values['left_s'] - since_s))} left")
    if values.get("cost"):
        more = f" and about {values['cost_left']:.2f} to come" if values.get("cost_left") else ""
        parts.append(f"cost {values['cost']:.2f}{more}")
    if values.get("text"):
        parts.append(str(values["text"]))
    return ", ".join(parts)


def _count(done: int, total: int, unit: str) -> str:
    if unit == "trials" and done < total:
        return f"trial {done + 1} of {total}"
    return f"{done} of {total} {unit}".strip()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def outcome(row: Row) -> str:
    """What a finished step has to say, in a few words."""
    if row.step not in _OUTCOMES:
        return ""
    try:
        return _OUTCOMES[row.step](row.facts)
    except (KeyError, TypeError, ValueError):
        return ""  # a step that found nothing to do keeps no figures


def _admitted(facts: Mapping[str, Any]) -> str:
    admitted = sum(sum(labels.values()) for labels in facts["counts"].values())
    return f"{admitted} admitted, {sum(facts['quarantined'].values())} quarantined, {facts['duplicates']} duplicates"


_OUTCOMES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "ingest": lambda facts: f"{facts['images']} images, {facts['new_images']} new",
    "preprocess": _admitted,
    "check": lambda facts: f"{len(facts['warnings'])} warnings",
    "tune": lambda facts: f"best {facts['best_score']:.3f} with {facts['unfrozen_stages']} unfrozen stages",
    "select": lambda facts: f"{facts['backbone']}, {facts['unfrozen_stages']} unfrozen stages",
    "train": lambda facts: f"{facts['epochs']} epochs",
    "evaluate": lambda facts: f"balanced accuracy {facts['balanced_accuracy']:.3f}",
    "gate": lambda facts: str(facts["verdict"]),
    "verify": lambda facts: f"{facts['images']} images, greatest difference {facts['max_difference']:.3f}",
    "push": lambda facts: f"version {facts['version']} is the champion",
}
