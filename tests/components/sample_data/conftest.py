"""The two houses' real drawings: downloaded once, then kept in the user's cache."""

import pytest

from components.errors import UnavailableError
from components.sample_data import brands


@pytest.fixture(scope="session")
def codes():
    """The subjects that both brands have."""
    try:
        return brands.codes()
    except UnavailableError as error:
        pytest.skip(str(error))
