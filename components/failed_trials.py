"""What to do when every trial of a search failed, by what the first one failed of."""

from __future__ import annotations

_NO_MEMORY = "out of memory"  # so begin tuning's reasons; each says what to lower, then at which point


def advice(reason: str | None) -> str:
    """For the end of the error's text. reason: of the first trial."""
    if reason and reason.startswith(_NO_MEMORY):
        return "A machine with more memory would do, too."
    return "Narrow search.learning_rate or choose another space."
