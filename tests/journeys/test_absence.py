"""Away: said by oneself, by the lead, for one team or for all; always with an end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.messages import Receipt
from models.organization import Absence
from tests.fakes.calendars import CalendarServer, certify
from tests.world import ORGANIZATION, World

pytestmark = pytest.mark.in_turn
ASKED = "2026-11-23 09:30"
TWO_TEAMS = ORGANIZATION.replace(
    "    leads: [Otto Other]\n",
    """    leads: [Otto Other]
    members: [Bob Stone]
    check_ins:
      - {name: Daily, rhythm: "FREQ=DAILY", at: "09:30", closes_after: PT8H, questions: [{ask: {en: What else?}}]}
""",
)


def test_a_lead_records_an_absence_and_the_person_overrules_it(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")

    world.says("Grace", "away @Bob Stone until fri")
    assert "Bob Stone is away Mon, Nov 23, 2026 to Fri, Nov 27, 2026" in world.heard("Grace")
    told = world.heard("Bob")
    assert "Grace Park recorded that you are away Mon, Nov 23, 2026 to Fri, Nov 27, 2026" in told

    world.presses("Bob", "Not off")
    assert "You are not off Mon, Nov 23, 2026 to Fri, Nov 27, 2026" in world.heard("Bob")
    world.later(seconds=2)
    assert "Bob Stone says: not off" in world.heard("Grace")

    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.at("2026-11-23 17:30")
    assert "shipped the rig" in world.posted()[0]
    assert "away" not in world.posted()[0]


def test_what_a_lead_recorded_he_takes_back_and_it_can_be_typed_too(world: World) -> None:
    world.says("Grace", "away @Bob Stone until fri")
    world.heard("Grace")
    world.presses("Grace", "Undo")
    assert "took back your absence" in world.heard("Bob")

    world.says("Helen", "away @Bob Stone until fri")
    assert "Helen HR recorded" in world.heard("Bob")
    world.says("Bob", "\u6211\u6ca1\u8bf7\u5047")
    assert "You are not off" in world.heard("Bob")
    world.at(ASKED)
    assert "What moved this week?" in world.heard("Bob")


def test_nobody_else_says_that_somebody_is_away(world: World) -> None:
    world.says("Bob", "away @Grace Park until fri")
    assert "by a lead of Grace Park's teams, or by HR" in world.heard("Bob")
    world.says("Otto", "away @Bob Stone until fri")
    assert "or by HR" in world.heard("Otto")
    assert world.heard("Grace") == ""


def test_who_is_in_two_teams_is_away_for_one_of_them(world: World) -> None:
    world.apply(TWO_TEAMS)
    world.says("Bob", "away until fri")
    assert {"Only Product", "Only Elsewhere"} <= set(world.buttons("Bob"))
    world.presses("Bob", "Only Product")
    assert "Fri, Nov 27, 2026, for Product only" in world.heard("Bob")

    world.at(ASKED)
    asked = world.heard("Bob")
    assert "What else?" in asked
    assert "What moved this week?" not in asked

    world.says("Bob", "all teams")
    assert "for Product only" not in world.heard("Bob")
    world.says("Bob", "only elsewhere")
    world.later(seconds=2)
    heard = world.heard("Bob")
    assert "for Elsewhere only" in heard
    assert "What moved this week?" in heard


def test_an_absence_always_gets_an_end(world: World) -> None:
    world.says("Bob", "away")
    assert "An absence always has an end" in world.heard("Bob")
    world.says("Bob", "29 Feb")
    assert "29 Feb" in world.heard("Bob")
    world.presses("Bob", "Until the end of this week")
    assert "Mon, Nov 23, 2026 to Fri, Nov 27, 2026" in world.heard("Bob")

    world.says("Bob", "away from Dec 5 to Dec 1")
    heard = world.heard("Bob")
    assert "The end (Tue, Dec 1, 2026) lies before the beginning (Sat, Dec 5, 2026)" in heard
    assert "Is that right?" in heard
    world.says("Bob", "2026-12-03")
    heard = world.heard("Bob")
    assert "The end (Thu, Dec 3, 2026) lies before the beginning (Sat, Dec 5, 2026). The rest is kept." in heard
    assert "An absence always has an end" in heard
    world.says("Bob", "3 days")
    assert "Sat, Dec 5, 2026 to Mon, Dec 7, 2026" in world.heard("Bob")

    world.says("Bob", "away 2026-12-05 to 2026-12-01")
    assert "The end (Tue, Dec 1, 2026) lies before the beginning (Sat, Dec 5, 2026)" in world.heard("Bob")
    world.says("Bob", "cancel")
    world.says("Bob", "\u8bf7\u5047\u52302\u670829\u65e5")
    assert "An absence always has an end" in world.heard("Bob")
    world.says("Bob", "cancel")
    world.heard("Bob")

    world.says("Bob", "away until 2030-01-01")
    assert "more than half a year" in world.heard("Bob")
    world.says("Bob", "yes, that long")
    assert "to Tue, Jan 1, 2030" in world.heard("Bob")


def test_who_comes_back_today_is_asked_what_he_missed(world: World) -> None:
    world.says("Bob", "away until fri")
    world.at("2026-11-23 15:00")
    world.heard("Bob")

    world.says("Bob", "back")
    world.later(seconds=2)
    heard = world.heard("Bob")
    assert "Welcome back!" in heard
    assert "What moved this week?" in heard


@pytest.fixture
def calendars(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CalendarServer]:
    """A calendar server inside of the house, which the operator has opened to the bot."""
    certificate = certify(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings = world.stage.settings()
    house = {"LOOPKEEPER_SECRET_KEY": "k" * 40, "LOOPKEEPER_CALENDAR_NETWORKS": "127.0.0.0/8, ::1/128"}
    monkeypatch.setattr(world.stage, "settings", lambda: {**settings, **house})
    world.restart()
    server = CalendarServer(certificate)
    yield server
    server.close()


def reads_calendars(world: World) -> None:
    world.run(world.app.calendars.read_next())
    world.settle()


def test_a_calendar_makes_away_and_not_off_wins_after_it_is_read_again(world: World, calendars: CalendarServer) -> None:
    secret = f"{calendars.base}/hush.ics"
    calendars.shows(calendars.day_off("20261123"))
    world.says("Bob", f"calendar {secret}")
    heard = world.heard("Bob")
    assert "I will read your calendar at localhost every hour" in heard
    assert "hush" not in heard + str(world.stored(Receipt))

    reads_calendars(world)
    world.at(ASKED)
    heard = world.heard("Bob")
    assert "Your calendar says that you are off Mon, Nov 23, 2026. You will not be asked." in heard
    assert "What moved this week?" not in heard

    world.presses("Bob", "Not off")
    world.later(seconds=2)
    assert "What moved this week?" in world.heard("Bob")
    calendars.shows(calendars.day_off("20261123", more="X-NEW:1\r\n"), calendars.day_off("20261126", uid="2"))
    world.later(hours=2)
    reads_calendars(world)
    assert len(calendars.asked) == 2
    assert world.heard("Bob") == ""
    assert [row["overruled_at"] is not None for row in world.stored(Absence)[0]] == [True, False]

    world.says("Bob", "calendar")
    assert "\u2022 Thu, Nov 26, 2026" in world.heard("Bob")
    world.says("Bob", "calendar off")
    assert "forgotten its address" in world.heard("Bob")


def test_an_address_is_taken_in_private_only_over_https_and_under_a_key(world: World) -> None:
    world.says("Bob", "calendar https://cal.example/hush.ics")
    assert "LOOPKEEPER_SECRET_KEY" in world.heard("Bob")
    world.says("Bob", "calendar off")
    assert "I read no calendar of yours" in world.heard("Bob")
    assert "hush" not in str(world.stored(Receipt))
