"""First contact: nothing but the account is kept until the person agrees; three taps later he is asked."""

import json

import pytest

from models.check_ins import Response
from models.db import Database
from models.messages import Receipt
from models.organization import Identity, Person
from tests.world import ORGANIZATION, World, stage

ASKING = ORGANIZATION.replace("consent: elsewhere", "consent: ask")
SECRET = "my secret marmalade"


def person(world: World, name: str) -> dict[str, object]:
    return next(row for row in world.stored(Person)[0] if row["name"] == name)


def kept_texts(world: World) -> str:
    return json.dumps([(row["raw"], row["incoming"]) for row in world.stored(Receipt)[0]], ensure_ascii=False)


@pytest.mark.in_turn
def test_three_taps_lead_to_the_first_check_in(platform: str, database: Database) -> None:
    with stage(platform, database, ASKING) as world:
        world.at("2026-11-23 09:30")
        said = world.heard("Bob")
        assert "check-in bot of Acme" in said
        assert "Grace Park put you on the list" in said
        assert "730 days" in said
        assert "What moved" not in said
        world.says("Bob", SECRET)
        assert "did not keep what you wrote" in world.heard("Bob")
        assert SECRET not in kept_texts(world)
        world.says("Bob", "privacy")
        assert "What I keep" in world.heard("Bob")
        world.presses("Bob", "OK")
        assert "Asia/Shanghai" in world.heard("Bob")
        world.presses("Bob", "Change")
        world.says("Bob", "Atlantis")
        assert "no time zone" in world.heard("Bob")
        world.says("Bob", "asia/shanghai")
        assert "work days" in world.heard("Bob")
        world.presses("Bob", "Mon-Fri")
        said = world.heard("Bob")
        assert "All set" in said
        assert "What moved this week?" in said
        assert person(world, "Bob Stone")["consented_at"] is not None
        world.says("Bob", SECRET)
        assert SECRET in kept_texts(world)
        assert "\u4f60\u597d" in world.heard("Li Lei")
        world.says("Li Lei", "\u540c\u610f")
        world.says("Li Lei", "\u662f")
        world.says("Li Lei", "\u5468\u4e00\u5230\u5468\u56db")
        assert "\u8bbe\u7f6e\u597d\u4e86" in world.heard("Li Lei")
        assert person(world, "\u674e\u96f7")["work_days"] == ["mo", "tu", "we", "th"]


@pytest.mark.in_turn
def test_who_says_not_me_is_not_written_to_again_and_the_leads_are_told(platform: str, database: Database) -> None:
    with stage(platform, database, ASKING) as world:
        for leader in ("Grace", "Helen"):
            world.says(leader, "ok")
        world.at("2026-11-23 09:30")
        before = len(world.stored(Identity)[0])
        world.heard("Grace")
        world.presses("Bob", "Not me")
        assert "off the list of Acme" in world.heard("Bob")
        assert len(world.stored(Identity)[0]) == before - 1
        told = world.heard("Grace")
        assert "Bob Stone" in told
        assert "somebody else" in told
        assert "Bob Stone" in world.heard("Helen")
        world.later(days=4)
        assert world.heard("Bob") == ""


@pytest.mark.in_turn
def test_who_does_not_agree_is_reminded_once_and_is_not_among_the_silent(platform: str, database: Database) -> None:
    with stage(platform, database, ASKING) as world:
        world.says("Grace", "ok")
        world.at("2026-11-23 18:00")
        assert world.heard("Bob").count("I am Loopkeeper") == 1
        waiting = [row for row in world.stored(Response)[0] if row["person_id"] == person(world, "Bob Stone")["id"]]
        assert (waiting[0]["state"], waiting[0]["reason"]) == ("missed", "no_consent")
        heard = world.heard("Grace")
        assert "no answer yet" not in heard
        assert "Bob Stone" in heard.partition("was not asked: no agreement yet")[0]
        world.says("Grace", "setup")
        assert "has not agreed yet" in world.heard("Grace")
        world.later(days=14)
        assert world.heard("Bob").count("I am Loopkeeper") == 1
