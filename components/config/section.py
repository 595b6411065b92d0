"""What every part of a configuration is."""

from __future__ import annotations

from pydantic import BaseModel


class Section(BaseModel, frozen=True, extra="forbid"):
    """A part of the configuration that one step reads."""
