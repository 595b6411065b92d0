"""What of the frozen layers' features is kept, so that it is computed once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from components.config.section import Section


class FeatureCacheConfig(Section):
    """The feature cache under the data root. Its size decides how fast a search is, never what it finds."""

    # Of each training image, the unchanged one among them. The changed ones are what a trial with augmentation learns
    # from; each costs a pass over the images for each strength, once a trial asks for it.
    views: int = Field(2, ge=1, le=16)
    # "never": a retraining computes features of new images alone. "retraining": each one also replaces the oldest
    # changed view by a fresh one.
    refresh: Literal["never", "retraining"] = "never"
    dtype: Literal["float16", "float32"] = "float16"  # of stored numbers
    # Of all that the cache holds. "auto": half of what it holds and what is free on the data root's disk, or on this
    # machine's if the data root is a bucket.
    budget_gb: Literal["auto"] | Annotated[float, Field(ge=0)] = "auto"
    # Whether the final training's validation and the evaluation read the cache, too; what they find out is the same.
    after_search: bool = True
