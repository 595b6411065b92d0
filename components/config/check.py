"""What the data must be before a GPU is paid for."""

from __future__ import annotations

from pydantic import Field

from components.config.section import Section


class CheckConfig(Section):
    """What the data must be before a GPU is paid for.

    Under a min_images_* bar the run stops; past any other bar it goes on with a warning.
    """

    min_images_per_class: int = Field(20, ge=1)
    min_test_images_per_class: int = Field(5, ge=1)
    min_validation_images_per_class: int = Field(5, ge=1)
    max_imbalance: float = Field(20.0, ge=1)  # largest class over smallest
    max_quarantined_share: float = Field(0.2, ge=0, le=1)  # of all files
    # Of sources and brands with fewer files the shares below say little: they are not judged.
    min_files_to_judge: int = Field(20, ge=1)
    min_test_images_per_source: int = Field(1, ge=0)
    max_quarantined_share_per_source: float = Field(0.3, ge=0, le=1)  # of the source's files
    max_repeated_share: float = Field(0.5, ge=0, le=1)  # of a brand's usable files: equal bytes and near-duplicates
    max_source_tells_brand: float = Field(0.5, ge=0, le=1)  # share of the brand's entropy that the source takes away
    # Against the snapshot that the champion learned from; chance is allowed for beside these.
    max_share_drift: float = Field(0.1, ge=0, le=1)  # total variation of the shares of brands and of sources
    max_number_drift: float = Field(0.25, ge=0)  # population stability index of a figure of the pictures
    # And of the images that it lacks by themselves: one batch is less mixed than all of them.
    max_new_share_drift: float = Field(0.3, ge=0, le=1)
    max_new_number_drift: float = Field(0.5, ge=0)
