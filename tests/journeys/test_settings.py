"""Ask 9 of the market: who may change the settings, and what if the owner left. Every change of a team's settings is
told to owners and leads, who can take it back; two people changing one thing notice each other; an owner always stays.
"""

from collections.abc import Iterator

import pytest

from models.audit import AuditEntry
from models.check_ins import CheckIn
from models.db import Database
from models.organization import Membership, Person, Team
from tests.journeys.test_set_up import owned, says
from tests.world import World, stage

pytestmark = pytest.mark.in_turn
TWO_LEADS = (
    owned("en")
    .replace("leads: [Grace Park]", "leads: [Grace Park, Olive Observer]")
    .replace("observers: [Olive Observer]", "observers: []")
)


@pytest.fixture
def world(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, TWO_LEADS) as world:
        yield world


def weekly(world: World) -> dict[str, object]:
    return world.stored(CheckIn)[0][0]


def product(world: World) -> dict[str, object]:
    return world.stored(Team)[0][0]


def opens(world: World, *labels: str, who: str = "Grace") -> str:
    told = says(world, "setup", who)
    for label in labels:
        told = says(world, label, who)
    return told


def test_ask_9_every_change_is_told_to_owners_and_leads_and_anyone_of_them_takes_it_back(world: World) -> None:
    opens(world, "Weekly", "Time and rhythm")
    for who in ("Helen", "Olive", "Bob"):
        world.heard(who)
    told = says(world, "every Friday 11:00", "Grace")
    assert "Changed for Product" in told
    assert "time: 09:30 \u2192 11:00" in told
    assert "programme file" in told
    for who in ("Helen", "Olive"):
        announced = world.heard(who)
        assert "Grace Park changed settings of Product" in announced
        assert "rhythm: every Monday and Thursday \u2192 every Friday" in announced
    assert world.heard("Bob") == ""
    assert (weekly(world)["rhythm"], weekly(world)["at"]) == ("FREQ=WEEKLY;BYDAY=FR", "11:00")

    world.presses("Helen", "Undo")
    assert "Taken back" in world.heard("Helen")
    assert "Helen HR took back a change of Product" in world.heard("Grace") + world.heard("Olive")
    assert (weekly(world)["rhythm"], weekly(world)["at"]) == ("FREQ=WEEKLY;BYDAY=MO,TH", "09:30")
    world.presses("Olive", "Undo")
    assert "Taken back" not in world.heard("Olive")
    verbs = [row["verb"] for row in world.stored(AuditEntry)[0]]
    assert verbs.count("setup.changed") == 2
    assert verbs.count("undone") == 1


def test_two_people_changing_one_thing_notice_each_other(world: World) -> None:
    for who in ("Grace", "Olive"):
        opens(world, "Weekly", "Window", who=who)
    assert "open for: 8 h \u2192 4 h" in says(world, "4 h", "Olive")
    told = says(world, "2 days", "Grace")
    assert "Meanwhile Olive Observer changed it" in told
    assert "8 h \u2192 4 h" in told
    assert weekly(world)["closes_after_minutes"] == 240
    assert "Left as it is" in says(world, "Leave it", "Grace")
    assert weekly(world)["closes_after_minutes"] == 240

    opens(world, "Weekly", "Window", who="Grace")
    opens(world, "Weekly", "Time and rhythm", who="Olive")
    says(world, "10:00", "Olive")
    assert "open for: 4 h \u2192 1 h" in says(world, "60 min", "Grace"), "another setting is nobody's quarrel"
    opens(world, "Weekly", "Window", who="Grace")
    opens(world, "Weekly", "Window", who="Olive")
    says(world, "3 h", "Olive")
    says(world, "5 h", "Grace")
    assert "3 h \u2192 5 h" in says(world, "Change it anyway", "Grace")


SETTINGS = (
    (("Team settings", "Time zone"), "Asia/Beijing", "Did you mean Asia/Shanghai?"),
    (("Team settings", "Time zone"), "europe/london", "time zone: Asia/Shanghai \u2192 Europe/London"),
    (("Team settings", "Country"), "Atlantis", "I know no public holidays"),
    (("Team settings", "Country"), "China", "holidays of: \u2013 \u2192 CN"),
    (("Team settings", "Days off"), "The day before", "the working day before"),
    (("Team settings", "Digest"), "Thursday 16:00", "digest day: Friday \u2192 Thursday"),
    (("Team settings", "Digest"), "Off", "digest day: Thursday \u2192 \u2013"),
    (("Team settings", "Monthly reflection"), "On", "monthly reflection: off \u2192 on"),
    (("Weekly", "Time and rhythm"), "29 February every year", "every year on February 29"),
    (("Weekly", "Window"), "for ever", "I cannot read"),
    (("Weekly", "Questions"), "daily stand-up", "questions: 2 \u2192 3"),
    (("Weekly", "Pause"), "yesterday", "is no day to pause until"),
    (("Weekly", "Pause"), "7 Dec", "paused until: \u2013 \u2192 Mon, Dec 7, 2026"),
    (("Weekly", "Resume"), "", "paused until: Mon, Dec 7, 2026 \u2192 \u2013"),
    (("People",), "remove @Bob Stone", "Bob Stone \u2013 role: member \u2192 \u2013"),
    (("People",), "@Bob Stone, observer @Olive Observer", "Olive Observer \u2013 role: lead \u2192 observer"),
    (("People",), "remove @Grace Park", "would have no lead"),
    (("People",), "@Otto Other", "an owner or HR can add them"),
    (("Weekly", "Stop it"), "Stop it", "check-in: on \u2192 off"),
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_setting_is_changed_in_words_and_what_cannot_be_is_said(database: Database) -> None:
    """On the fastest platform: the words are the same everywhere."""
    with stage("playground", database, TWO_LEADS) as world:
        for labels, answer, told in SETTINGS:
            heard = opens(world, *labels)
            heard = says(world, answer, "Grace") if answer else heard
            assert told in heard, (labels, answer, heard)
        team, check_in = product(world), weekly(world)
    assert (team["time_zone"], team["country"], team["off_day"]) == ("Europe/London", "CN", "before")
    assert (team["digest_day"], team["digest_due_at"]) == (None, None)
    assert team["reflect_due_at"] is not None
    assert (check_in["active"], check_in["paused_until"]) == (False, None)


def test_the_last_owner_stays_and_names_another(world: World) -> None:
    told = says(world, "setup", "Helen")
    assert "You are the only owner" in told
    assert "Owners: Helen HR." in says(world, "Owners", "Helen")
    assert "is the last owner and stays one" in says(world, "remove @Helen HR", "Helen")
    opens(world, "Owners", who="Helen")
    assert "Grace Park \u2013 role: member \u2192 owner" in says(world, "@Grace Park", "Helen")
    opens(world, "Owners", who="Grace")
    assert "Helen HR \u2013 role: owner \u2192 member" in says(world, "remove @Helen HR", "Grace")
    assert "changed settings" in world.heard("Helen")
    assert "Nothing was changed" in says(world, "setup", "Helen")

    world.apply(TWO_LEADS.replace("role: owner, ", ""))
    people = {row["name"]: row["role"] for row in world.stored(Person)[0]}
    assert people["Grace Park"] == "owner", "named in chat, and the file says nothing of it"


def test_a_file_leaves_what_was_set_up_in_chat_alone_and_says_so(world: World) -> None:
    opens(world, "Add a check-in")
    for text in ("daily stand-up", "keep this time", "create"):
        says(world, text, "Grace")
    opens(world, "People")
    says(world, "Nina New", "Grace")
    before = world.stored(CheckIn, Membership, Person)
    changes = [str(change) for change in world.apply(TWO_LEADS)]

    assert "= check-in Daily stand-up of Product: set up in chat, left alone" in changes
    assert "= person Nina New: set up in chat, left alone" in changes
    assert [line for line in changes if not line.startswith("=")] == []
    after = world.stored(CheckIn, Membership, Person)
    assert [[row["id"] for row in rows] for rows in after] == [[row["id"] for row in rows] for rows in before]
    assert all(row["active"] for row in after[0] + after[2])


def test_nobody_else_changes_anything(world: World) -> None:
    """Not by words, and not by a button of somebody else's question."""
    opens(world, "Weekly", "Stop it")
    before = world.stored(CheckIn, Team, Membership)
    for who in ("Bob", "Otto"):
        for number in range(1, 8):
            world.forges_press(who, f"v1:choose:{number}:0", "Grace")
        undo = next((row["id"] for row in world.stored(AuditEntry)[0] if row["verb"].startswith("setup.")), 1)
        world.forges_press(who, f"v1:undo:{undo}", "Grace")
    assert "Settings of Elsewhere" in says(world, "setup", "Otto")
    assert "Product" not in world.heard("Otto")
    assert world.stored(CheckIn, Team, Membership) == before
