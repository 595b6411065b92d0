"""What every pointer file is."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel
from typing_extensions import Self


class Pointer(BaseModel, frozen=True, extra="forbid"):
    """A pointer file: written once by one step, read by those that follow."""

    @classmethod
    def read(cls, path: str) -> Self:
        """Read from a local path (an artifact that the launcher has placed)."""
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))

    def write(self, path: str) -> None:
        """Write to a local path, making its folder when needed."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
