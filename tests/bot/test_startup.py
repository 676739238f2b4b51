"""A process imports the libraries of the platforms it is configured for, and of no other: start-up stays short."""

import subprocess
import sys

import pytest

from tests.bot.test_settings import KEY, PLATFORMS

LIBRARIES = {
    "slack": {"slack_bolt", "slack_sdk"},
    "telegram": {"telegram"},
    "wecom": {"defusedxml"},
    "wecom_aibot": {"bot.wecom_aibot"},
    "wecom_robot": {"bot.wecom_robot"},
}
NEVER_AT_START = {"PIL", "typer", "alembic"}
START = """
import sys
from bot.app import App
from bot.clock import Clock
from bot.settings import load
from models.db import Database
App(load({given!r}), Database("sqlite://"), Clock())
print(" ".join(sys.modules))
"""


def imported(given: dict[str, str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", START.format(given=given)], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("platform", "given"),
    [
        ("slack", PLATFORMS["slack"]),
        ("telegram", PLATFORMS["telegram"]),
        ("wecom", PLATFORMS["wecom"]),
        ("wecom_aibot", PLATFORMS["wecom_aibot"]),
        ("wecom_robot", {"LOOPKEEPER_SECRET_KEY": KEY}),
        ("none", {}),
    ],
)
def test_only_the_configured_platform_s_library_is_imported(platform: str, given: dict[str, str]) -> None:
    modules = imported(given)
    others = set().union(*(names for other, names in LIBRARIES.items() if other != platform))
    assert not modules & (others | NEVER_AT_START)
    assert LIBRARIES.get(platform, set()) <= modules
