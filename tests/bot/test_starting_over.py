"""From nothing, and back from nobody: the operator's two commands that need no programme file."""

import re
from pathlib import Path

import pytest

from tests.bot.test_cli import Cli

START = ("start", "--name", "Acme", "--time-zone", "Asia/Shanghai", "--locale", "zh", "--owner", "Wang Fang")


@pytest.fixture
def bot(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_start_makes_an_organization_its_owner_and_a_code_once(bot: Cli) -> None:
    done = bot(*START)
    assert done.exit_code == 0
    assert "Wang Fang owns the organization" in done.stdout
    assert re.search(r"link [2-9A-Z]{4}-[2-9A-Z]{4}\n", done.stdout)
    again = bot(*START)
    assert again.exit_code == 1
    assert "there is an organization already" in again.stderr


def test_start_refuses_a_zone_that_is_none_with_a_near_one_and_empty_names(bot: Cli) -> None:
    wrong = bot(*START[:3], "--time-zone", "Asia/Beijing", "--owner", "Wang Fang")
    assert wrong.exit_code == 2
    assert "Asia/Shanghai" in wrong.stderr
    assert bot("start", "--name", " ", "--owner", "Wang Fang").exit_code == 2
    assert bot("owner", "Anybody").exit_code == 1


def test_the_operator_names_an_owner_when_the_last_one_left(bot: Cli) -> None:
    bot(*START)
    unknown = bot("owner", "Bob")
    assert unknown.exit_code == 1
    assert "add --new" in unknown.stderr
    assert "Bob owns the organization" in bot("owner", "Bob", "--new").stdout
    again = bot("owner", "bob")
    assert again.exit_code == 0
    assert "link " in again.stdout
    assert bot("owner", "Bob", "--new").exit_code == 1
    bot("owner", "Wang Lei", "--new")
    several = bot("owner", "Wang")
    assert several.exit_code == 1
    assert "write the whole name" in several.stderr
