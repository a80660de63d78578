"""A shared repository for tests of claims."""

from pathlib import Path

import pytest
from hub import Hub
from planned import sliced


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A bare repository without a commit."""
    return Hub(tmp_path)


@pytest.fixture
def two(hub: Hub) -> str:
    """The commit of a plan with the slices a and b, on main of the hub."""
    return hub.plan([sliced("a", "a/"), sliced("b", "b/")])
