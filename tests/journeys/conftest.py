"""Every dialogue is played on both platforms and on both engines; the grave ones on all pairs of the two."""

from collections.abc import Iterator
from itertools import product

import pytest

from models.db import Database
from tests.world import PLATFORMS, World, stage

ENGINES = ("sqlite", "postgres")
PAIRS = tuple(zip(PLATFORMS, ENGINES, strict=True))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "everywhere: each platform on each engine, not only two pairs of them")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A platform knows no engine and an engine no platform, so that two pairs show what four would."""
    if "platform" in metafunc.fixturenames:
        everywhere = metafunc.definition.get_closest_marker("everywhere")
        pairs = list(product(PLATFORMS, ENGINES) if everywhere else PAIRS)
        metafunc.definition.add_marker(pytest.mark.parametrize(("platform", "database_url"), pairs, indirect=True))


@pytest.fixture
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(platform: str, database: Database) -> Iterator[World]:
    """Monday, 08:00 in Shanghai; the first check-in comes at 09:30."""
    with stage(platform, database, peopled=True) as world:
        yield world


@pytest.fixture
def slack(database: Database) -> Iterator[World]:
    """The same Monday, for what only Slack knows."""
    with stage("slack", database) as world:
        yield world
