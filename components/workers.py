"""Who searches a backbone: one task, or one of several that share its trials."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"(?P<backbone>.+)-(?P<number>\d+)of(?P<of>\d+)")


@dataclass(frozen=True)
class Worker:
    """One task of the search: which of how many, from 1."""

    backbone: str
    number: int = 1
    of: int = 1

    @property
    def name(self) -> str:
        """What the loop of the graph, the records and the logs call it: "xception", or "xception-2of3"."""
        return self.backbone if self.of == 1 else f"{self.backbone}-{self.number}of{self.of}"

    @classmethod
    def named(cls, name: str) -> Worker:
        """The worker of a name; what has not its form is a backbone's name. Raises ValueError for a 4of3."""
        found = _NAME.fullmatch(name)
        if found is None:
            return cls(name)
        number, of = int(found["number"]), int(found["of"])
        if not 1 <= number <= of:
            raise ValueError(f"{name!r}: workers are numbered from 1 to {of}")
        return cls(found["backbone"], number, of)


def of_backbone(backbone: str, count: int) -> list[Worker]:
    """All that share a backbone's trials."""
    return [Worker(backbone, number, count) for number in range(1, count + 1)]
