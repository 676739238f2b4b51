"""Every dialogue is played on every platform that can play it; the grave ones on each platform with each engine."""

import zlib
from collections.abc import Iterator
from itertools import product

import pytest

from models.db import Database
from tests.world import FEATURES, PLATFORMS, World, stage

ENGINES = ("sqlite", "postgres")
PAIRS = (("playground", "sqlite"), ("slack", "postgres"), ("telegram", "sqlite"), ("wecom", "sqlite"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "everywhere: each platform on each engine, not only some pairs of them")
    config.addinivalue_line(
        "markers", "in_turn(n=1): on n platforms, on others for the next test: the core decides here"
    )
    config.addinivalue_line("markers", "needs(*features): only where the platform has them (tests/world.py: FEATURES)")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A platform knows no engine and an engine no platform, so that four pairs show what eight would."""
    if "platform" in metafunc.fixturenames:
        everywhere = metafunc.definition.get_closest_marker("everywhere")
        needed = {feature for marker in metafunc.definition.iter_markers("needs") for feature in marker.args}
        all_pairs = product(PLATFORMS, ENGINES) if everywhere else PAIRS
        pairs = [pair for pair in all_pairs if needed <= FEATURES[pair[0]]]
        turn = metafunc.definition.get_closest_marker("in_turn")
        if turn and not everywhere:
            first, many = zlib.crc32(metafunc.definition.name.encode()), turn.args[0] if turn.args else 1
            pairs = [pairs[(first + step) % len(pairs)] for step in range(min(many, len(pairs)))]
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
