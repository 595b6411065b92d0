"""Rows that a census is taken of."""

import pytest

from components.check.census import Census
from components.check.lookup import look_up
from components.check.nearness import Bars
from components.manifest import Row

BARS = Bars(low=8, whole=48)


@pytest.fixture
def row():
    """(path, other fields) -> an admitted training row whose id, group and stored picture are its own."""

    def make(path, **others):
        fields = {
            "uri": f"/raw/{path}", "label": path.split("/")[0], "source": "official", "group": path, "size": 1,
            "version": "1", "id": path, "stored": path, "split": "train", "status": "admitted",
        }  # fmt: skip
        return Row(path, **{**fields, **others})

    return make


@pytest.fixture
def rows(row):
    """(label, images, other fields) -> so many rows of a brand."""

    def make(label, images, **others):
        name = "-".join(str(value) for value in others.values())
        return [row(f"{label}/{name}{number}", **others) for number in range(images)]

    return make


@pytest.fixture
def counted():
    """Rows -> their census, in which every test and validation image is compared with all others."""
    return lambda rows, shown=(): Census.of(rows, shown, judged=1000)


@pytest.fixture
def looked_up(counted):
    """Rows -> what a second reading of them finds."""
    return lambda rows: look_up(rows, counted(rows), BARS)
