"""What is to be erased, and what manifests tell of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from components.manifest import Row
from components.takedown import Takedown

NOTHING = Takedown()


@dataclass(frozen=True)
class Request:
    """Images by id, by address (uri, or path in the raw folder) and by group."""

    named: Takedown = NOTHING
    groups: frozenset[str] = frozenset()

    def asks_for(self, row: Row) -> bool:
        """Whether the row's image is asked for."""
        return row.id in self.named.ids or self.named.names(row) or row.group in self.groups


@dataclass
class Traces:
    """The images that are asked for, their copies and their edits.

    An id is a picture for ever; an address may have held another one before, so it only helps to find what names it.
    """

    ids: set[str] = field(default_factory=set)
    uris: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    alike: set[str] = field(default_factory=set)  # paths of kept images of which one that is asked for is an edit

    def add(self, row: Row) -> None:
        """One more image."""
        self.ids |= {row.id} - {""}
        self.uris.add(row.uri)
        self.paths.add(row.path)
        self.alike |= {row.duplicate_of} - {""}


def follow(rows: Iterable[Row], request: Request, traces: Traces) -> set[str]:
    """Add what a manifest holds of the request and of the ids in traces; the paths in this manifest of all of them."""
    paths = set()
    for row in rows:
        if request.asks_for(row) or row.id in traces.ids:
            traces.add(row)
            paths.add(row.path)
    return paths


def follow_edits(rows: Iterable[Row], paths: set[str], traces: Traces) -> None:
    """Add the edited copies that a manifest set aside for the images at paths: the same picture once more."""
    for row in rows:
        if row.duplicate_of in paths:
            traces.add(row)
