"""Which depths of a backbone are worth a trial. Imports no Keras."""

from __future__ import annotations

import math


def spread(stages: int) -> tuple[int, ...]:
    """Depths for a backbone of that many stages: none, a quarter, a half and all of them unfrozen."""
    return tuple(sorted({0, math.ceil(stages / 4), math.ceil(stages / 2), stages}))
