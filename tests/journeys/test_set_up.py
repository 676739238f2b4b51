"""`setup`: from nothing to the first check-in in chat alone, resumed, tried out, and refused where it must be.

Who may change the settings, and what if the owner left: test_settings.py.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.check_ins import CheckIn
from models.db import Database
from models.organization import Identity, Membership, Person, Team
from services import audit, linking, owners
from tests.world import MONDAY, ORGANIZATION, World, stage

pytestmark = pytest.mark.in_turn
LINES = tomllib.loads((Path(__file__).parent / "set_up_lines.toml").read_text("utf-8"))
HELEN = re.compile(r"(U0HELEN), role: hr(, time_zone: \S+\s+locale:) en")


def owned(locale: str) -> str:
    """Helen owns the organization and speaks that language."""
    return HELEN.sub(rf"\1, role: owner\2 {locale}", ORGANIZATION)


def says(world: World, text: str, who: str = "Helen") -> str:
    """What the bot answers; a minute passes, so that no platform's pace is met."""
    world.waits(minutes=1)
    world.says(who, text)
    return world.heard(who)


def sets_up(world: World, line: dict[str, Any]) -> None:
    """All of it, with a wrong answer of each kind, a kill, silence, and a step back."""
    says(world, line["setup"])
    assert line["steps"][0] in says(world, line["new_team"])
    assert line["steps"][1] in says(world, line["name"])
    assert line["steps"][2] in says(world, line["go_on"])
    world.restart()
    assert line["steps"][3] in says(world, line["people"])
    told = says(world, line["setup"])
    assert line["resumed"] in told
    assert line["steps"][3] in told
    assert line["steps"][4] in says(world, line["template"])
    for wrong, why in zip(line["wrong"], line["wrongly"], strict=True):
        told = says(world, wrong)
        assert why in told, told
        assert line["steps"][4] in told
    told = says(world, line["time"])
    assert line["trial"] in told
    assert line["question"] in told
    assert line["shown"] in told
    assert line["steps"][4] in says(world, line["back"])
    assert line["trial"] in says(world, line["time"])


def test_a_team_is_set_up_in_english(platform: str, database: Database) -> None:
    with stage(platform, database, owned("en")) as world:
        plays_it_all(world, LINES["en"])


def test_a_team_is_set_up_from_nothing_in_chinese(platform: str, database: Database) -> None:
    with stage(platform, database, owned("zh")) as world:
        plays_it_all(world, LINES["zh"])


def plays_it_all(world: World, line: dict[str, Any]) -> None:
    before = world.stored(Team, Person, Membership, CheckIn)
    sets_up(world, line)
    assert world.stored(Team, Person, Membership, CheckIn) == before, "a trial stores nothing"
    assert "Support" not in world.heard("Bob") + world.heard("Grace")
    told = says(world, line["create"])
    assert line["done"] in told
    assert line["first"] in told
    assert (line["hand_over"] in told) == (world.platform != "playground")
    assert line["name"] in world.heard("Grace")
    team, check_in = world.stored(Team)[0][-1], world.stored(CheckIn)[0][-1]
    roles = {row["role"]: row["asked"] for row in world.stored(Membership)[0] if row["team_id"] == team["id"]}
    assert (team["source"], check_in["source"]) == ("chat", "chat")
    assert roles == {"member": True, "lead": False, "observer": False}
    for who in ("Bob", "Helen"):
        world.heard(who)
    world.at("2026-11-23 10:00")
    assert "1/3" in world.heard("Bob") + world.heard("Helen")


def test_a_new_self_hoster_needs_no_programme_file(platform: str, database: Database) -> None:
    """The operator starts the organization; the code makes a chat account its owner's; `setup` does the rest."""
    with database.transaction() as session:
        wang = owners.found(session, "Acme", "Asia/Shanghai", "en", "Wang Fang", MONDAY)
        code, _ = linking.make_code(session, wang, audit.OPERATOR, MONDAY)
    with stage(platform, database, peopled=True) as world:
        assert "Wang Fang" in says(world, f"link {code}", "Charlie")
        says(world, "ok", "Charlie")
        told = says(world, "setup", "Charlie")
        assert "Set-up, 1 of 5" in told
        assert "You are the only owner" in told
        for text in ("Product", "go on", "me too", "weekly progress", "keep this time"):
            told = says(world, text, "Charlie")
        assert "Ready to create" in told
        told = says(world, "create", "Charlie")
        assert "Wang Fang is asked first: Fri, Nov 27, 2026 10:00 (Asia/Shanghai)" in told
        world.at("2026-11-27 10:00")
        assert "Weekly progress" in world.heard("Charlie")


@pytest.fixture
def world(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, owned("en")) as world:
        yield world


def test_a_team_nobody_is_asked_in_is_told_so_and_nothing_is_lost(world: World) -> None:
    for text in ("setup", "a new team", "Support", "go on"):
        says(world, text)
    told = says(world, "lead @Grace Park, observer @Bob Stone")
    assert "Then nobody would be asked." in told
    assert "Set-up, 3 of 5" in told
    assert "team: Support" in told
    told = says(world, "x" * 200)
    assert "too long for a name" in told
    assert "Set-up, 4 of 5" in says(world, "just me")
    assert [row["name"] for row in world.stored(Team)[0]] == ["Product", "Elsewhere"]


def test_a_lead_sets_up_his_own_team_and_founds_none(world: World) -> None:
    told = says(world, "setup", "Grace")
    assert "Settings of Product" in told
    assert "A new team" not in world.buttons("Grace")
    assert "Set-up, 4 of 5" in says(world, "Add a check-in", "Grace")
    says(world, "What did you learn?\nWhom do you thank?", "Grace")
    told = says(world, "every Friday 16:00", "Grace")
    assert "Whom do you thank?" in told
    assert "is created" in says(world, "create", "Grace")
    own = [row for row in world.stored(CheckIn)[0] if row["source"] == "chat"]
    assert [(row["rhythm"], row["at"], len(row["questions"])) for row in own] == [("FREQ=WEEKLY;BYDAY=FR", "16:00", 2)]
    assert "Check-in" in world.heard("Helen")
    assert "Nothing was changed" in says(world, "setup", "Bob")


def test_who_is_no_lead_any_more_finishes_nothing(world: World) -> None:
    """Who may is asked at every step, not only at the first."""
    for text in ("setup", "Add a check-in", "daily stand-up", "keep this time"):
        says(world, text, "Grace")
    world.apply(
        owned("en").replace("leads: [Grace Park]", "leads: [Bob Stone]").replace(", Bob Stone]", ", Grace Park]")
    )
    told = says(world, "create", "Grace")

    assert "A team is set up and changed by its lead, an owner or HR" in told
    assert len(world.stored(CheckIn)[0]) == 1


@pytest.mark.needs("groups")
def test_said_in_a_channel_nobody_has_it_sets_up_a_new_team_there(world: World) -> None:
    world.says_in_channel("Helen", "setup", channel="C0NEW" if world.platform == "playground" else "C0ELSE")
    if world.platform != "playground":
        assert "The posts of Elsewhere" in world.posted("C0ELSE")[-1]
        return
    assert "Set-up, 1 of 5" in says(world, "a new team")
    told = says(world, "Support")
    assert "Set-up, 3 of 5" in told
    assert "channel: the one you wrote in" in told
    for text in ("@Bob Stone and me", "weekly progress", "keep this time", "create"):
        told = says(world, text)
    assert "Its summaries go to the channel." in told
    assert "The posts of Support" in world.posted("C0NEW")[-1]


def test_a_mentioned_account_nobody_knows_becomes_a_person_with_that_account(slack: World) -> None:
    """Its name comes from the platform's profile; who is only named by hand gets a code."""
    for text in ("setup", "People"):
        says(slack, text, "Grace")
    told = says(slack, "@U0CHARLIE, Nina New, ???", "Grace")
    assert "role: \u2013 \u2192 member" in told
    assert "Nina New: \u201clink " in told
    assert "U0CHARLIE: \u201clink" not in told
    accounts = {row["external_id"]: row["person_id"] for row in slack.stored(Identity)[0]}
    people = {row["id"]: row for row in slack.stored(Person)[0]}
    assert people[accounts["U0CHARLIE"]]["name_source"] == "platform"
    assert (people[accounts["U0CHARLIE"]]["source"], people[accounts["U0CHARLIE"]]["consented_at"]) == ("chat", None)
    slack.at("2026-11-23 09:30")
    assert "Grace Park" in slack.heard("Charlie"), "he is told who added him before he is asked anything"
