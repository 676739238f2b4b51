"""privacy, mydata, forgetme, whynot: what is kept is shown, given, erased and explained, on every platform."""

import json

import pytest
from sqlmodel import select

from models.db import Database
from models.messages import Delivery, Receipt
from models.organization import Person, Team
from services import export, retention
from tests.world import ORGANIZATION as PROGRAMME
from tests.world import World, stage

SAID = "the ochre kangaroo shipped"


def answered(world: World) -> None:
    world.at("2026-11-23 09:30")
    for line in (SAID, "waiting for the violet giraffe"):
        world.says("Bob", line)


def test_everything_about_oneself_comes_as_two_files_and_is_gone_here_after_an_hour(
    platform: str, database: Database
) -> None:
    with stage(platform, database) as world:
        answered(world)
        world.heard("Bob")
        world.says("Bob", "mydata")
        (json_name, raw), (html_name, page) = world.files("Bob")
        assert (json_name, html_name) == ("loopkeeper-mydata.json", "loopkeeper-mydata.html")
        data = json.loads(raw)
        assert data["person"]["name"] == "Bob Stone"
        assert data["check_ins"][0]["answers"][0]["text"] == SAID
        shown = page.decode()
        assert SAID in shown
        assert not [sign for sign in ("<script", "http:", "https:", "src=") if sign in shown]
        assert "deleted in an hour" in world.heard("Bob")
        world.later(hours=2)
        with_files = [row for row in world.stored(Delivery)[0] if row["message"].get("attachment")]
        assert with_files == []


@pytest.mark.in_turn
def test_the_days_shown_are_the_days_kept(platform: str, database: Database) -> None:
    with stage(platform, database) as world:
        for who, words in (("Bob", "privacy"), ("Li Lei", "\u9690\u79c1")):
            world.says(who, words)
            said = world.heard(who)
            for kept in retention.EVERYTHING:
                if kept.days is not None:
                    assert f"{kept.days} " in said
        assert sum(1 for kept in retention.EVERYTHING if kept.days is not None) == sum(
            1 for kept in retention.EVERYTHING if kept.prune is not None
        )


@pytest.mark.in_turn
def test_who_is_forgotten_is_asked_twice_and_is_a_stranger_afterwards(
    platform: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with stage(platform, database) as world:
        answered(world)
        world.at("2026-11-23 18:00")
        assert any(SAID in post for post in world.posted())
        world.says("Bob", "forgetme")
        world.says("Bob", "cancel")
        assert any(row["name"] == "Bob Stone" for row in world.stored(Person)[0])
        world.says("Bob", "forgetme")
        world.presses("Bob", "Go on")
        assert "Kept, and why" in world.heard("Bob")
        world.says("Bob", "erase everything")
        assert "is erased" in world.chat("Bob")[-1]
        posted = "\n".join(world.posted())
        if platform != "wecom":
            assert "former member" in posted
            assert not [word for word in (SAID, "Bob") if word in posted]
        assert any("line 6: this person asked to be forgotten" in str(change) for change in world.apply(PROGRAMME))
        world.says("Bob", "hello?")
        assert SAID not in json.dumps(world.stored(Receipt)[0], default=str)
        assert not any(row["name"] == "Bob Stone" for row in world.stored(Person)[0])
    logged = "\n".join(
        str(vars(record)) for record in caplog.records if record.name.startswith(("bot", "handlers", "services"))
    )
    assert not [word for word in (SAID, "Bob", "giraffe") if word in logged]


@pytest.mark.in_turn
def test_why_somebody_was_not_asked_is_read_from_the_record(platform: str, database: Database) -> None:
    with stage(platform, database) as world:
        world.says("Bob", "away until 2026-11-24 dentist")
        world.at("2026-11-23 10:00")
        for who in ("Bob", "Grace"):
            world.heard(who)
        world.says("Bob", "whynot")
        own = world.heard("Bob")
        assert all(words in own for words in ("not asked: away", "dentist", "Next time"))
        world.says("Grace", "whynot @Bob")
        led = world.heard("Grace")
        assert "not asked: away" in led
        assert "dentist" not in led
        world.says("Otto", "whynot @Bob")
        stranger = world.heard("Otto")
        world.says("Otto", "whynot @Nobody")
        assert stranger.replace("Bob", "Nobody") == world.heard("Otto")
        world.says("Li Lei", "\u4e3a\u4ec0\u4e48\u6ca1\u95ee\u6211")
        assert "\u95ee\u8fc7" in world.heard("Li Lei")


@pytest.mark.in_turn
def test_ask_16_what_is_switched_off_stays_readable_and_can_be_taken_out(platform: str, database: Database) -> None:
    before, _, rest = PROGRAMME.partition("    check_ins:")
    without = before + rest[rest.index("  - name: Elsewhere") :]
    with stage(platform, database) as world:
        answered(world)
        world.apply(without)
        world.heard("Bob")
        world.says("Bob", "mine")
        assert SAID in world.heard("Bob")
        world.says("Bob", "whynot")
        assert "stopped" in world.heard("Bob")
        world.says("Bob", "mydata")
        assert SAID in world.files("Bob")[0][1].decode()
        with database.reading() as session:
            team = session.exec(select(Team).where(Team.name == "Product")).one()
            assert SAID in json.dumps(export.collect(session, team, None, with_notes=False))
