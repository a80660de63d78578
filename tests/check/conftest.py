"""The shop that `check-scope` is tested on: a template built once, and a copy for each test."""

from pathlib import Path

import pytest
from shop import Shop, built


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the template; the first copy builds it, sealed like every test."""
    return tmp_path_factory.mktemp("template") / "shop"


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Shop:
    """A repository of its own to change."""
    return built(template, tmp_path / "shop")
