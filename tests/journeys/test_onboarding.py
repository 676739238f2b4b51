"""`setup`: a lead makes a group his team's in one word, and sees in private whom and what is still missing."""

from collections.abc import Iterator

import pytest

from models.audit import AuditEntry
from models.db import Database
from models.organization import Channel
from services import workspaces
from tests.journeys.both import PROGRAMME, Both, both
from tests.world import ORGANIZATION, stage

WITHOUT_CHANNEL = PROGRAMME.replace("    channels: {slack: C0PRODUCT}\n", "")
LEADS_TWO = WITHOUT_CHANNEL.replace("leads: [Otto Other]", "leads: [Otto Other, Grace Park]")


@pytest.fixture
def world(database: Database) -> Iterator[Both]:
    with both(database, WITHOUT_CHANNEL) as world:
        yield world


def channels(world: Both) -> list[tuple[str, str, str]]:
    return [(row["platform"], row["external_id"], row["source"]) for row in world.stored(Channel)[0]]


@pytest.mark.needs("groups")
def test_one_word_in_a_channel_makes_it_the_teams(world: Both) -> None:
    world.says_in_channel("Grace", "setup")

    assert "The posts of Product on Slack come here from now on" in world.posted()[0]
    assert "I can write to everybody of the team there" in world.heard("Grace")
    assert ("slack", "C0PRODUCT", "chat") in channels(world)
    assert [row["verb"] for row in world.stored(AuditEntry)[0]][-1] == "channel.set_up"
    world.at("2026-11-23 09:30")
    world.says("Bob", "shipped the rig")
    world.at("2026-11-23 17:30")
    assert "shipped the rig" in world.posted()[-1]


@pytest.mark.needs("groups")
def test_the_channel_reads_a_number_and_the_lead_the_names(world: Both) -> None:
    world.notices("reach:blocked", sender="U0BOB")
    world.heard("Grace")
    world.says_in_channel("Grace", "\u8bbe\u7f6e")

    assert "I cannot write to 1 of the team here yet." in world.posted()[0]
    assert "Bob" not in world.posted()[0]
    told = world.heard("Grace")
    assert "I cannot write there to: Bob Stone." in told
    assert "invite @name" in told


@pytest.mark.needs("groups")
def test_said_again_it_stays_and_said_elsewhere_it_moves(world: Both) -> None:
    for _ in range(2):
        world.says_in_channel("Grace", "setup")
    before = channels(world)
    world.says_in_channel("Grace", "setup", channel="C0ELSE")

    assert len(before) == len(channels(world)) == 2
    assert ("slack", "C0ELSE", "chat") in channels(world)
    world.says("Grace", "thanks @Bob Stone for the nightshift #grit")
    world.presses("Grace", "Post")
    assert "nightshift" in world.posted("C0ELSE")[-1]


def test_who_leads_several_teams_is_asked_which_and_the_channel_of_the_question_is_meant(database: Database) -> None:
    with both(database, LEADS_TWO) as world:
        world.says_in_channel("Grace", "setup")
        assert world.posted() == []
        assert {"Product", "Elsewhere"} <= set(world.buttons("Grace"))
        world.presses("Grace", "Product")

        assert "The posts of Product on Slack come here from now on" in world.posted()[0]
        assert "Product is set up on Slack" in world.heard("Grace")
        assert ("slack", "C0PRODUCT", "chat") in channels(world)


@pytest.mark.parametrize("who", ["Bob", "Olive"])
@pytest.mark.parametrize("where", ["channel", "private"])
@pytest.mark.needs("groups")
def test_nobody_else_sets_anything_up(world: Both, who: str, where: str) -> None:
    before = channels(world)
    if where == "channel":
        world.says_in_channel(who, "setup")
        told = world.posted()[0]
    else:
        world.says(who, "setup")
        told = world.heard(who)

    assert "Channels are set up by the team's lead, an owner or HR. Nothing was changed." in told
    assert channels(world) == before


@pytest.mark.needs("groups")
def test_a_lead_takes_no_other_teams_channel(world: Both) -> None:
    world.says_in_channel("Grace", "setup")
    world.says_in_channel("Otto", "setup")

    assert len([row for row in channels(world) if row[1] == "C0PRODUCT"]) == 2
    assert "The posts of Elsewhere" in world.posted()[1]
    world.forges_press("Otto", "v1:choose:1:0", "C0PRODUCT")
    assert len(channels(world)) == 3


@pytest.mark.needs("groups")
def test_in_private_it_shows_every_channel_and_everybodys_accounts(world: Both) -> None:
    world.says_in_channel("Grace", "setup")
    world.notices("channel:lost", place="C0PRODUCT")
    world.notices("reach:blocked", sender="U0BOB")
    world.heard("Grace")
    world.says("Grace", "setup")

    told = world.heard("Grace")
    assert "Slack: I can no longer post in the channel (removed)" in told
    assert "Bob Stone: Slack (has blocked me)" in told
    assert "Ana Ruiz: Slack (reachable)" in told
    assert "write \u201csetup\u201d there" in told
    assert "Elsewhere" not in told
    world.says("Helen", "setup")
    told = world.heard("Helen")
    assert "Elsewhere" in told
    assert "Product" in told


def test_a_team_without_any_channel_says_where_its_posts_go(world: Both) -> None:
    world.says("Grace", "setup")
    assert "no channel yet: posts go to the leads" in world.heard("Grace")


@pytest.mark.needs("groups")
def test_a_channel_set_up_in_chat_outlives_a_file_that_does_not_know_it_and_yields_to_one_that_does(
    world: Both,
) -> None:
    world.says_in_channel("Grace", "setup")
    assert world.apply(WITHOUT_CHANNEL) == []
    assert ("slack", "C0PRODUCT", "chat") in channels(world)

    world.apply(PROGRAMME.replace("C0PRODUCT", "C0ELSE"))
    assert ("slack", "C0ELSE", "file") in channels(world)
    assert world.apply(PROGRAMME.replace("C0PRODUCT", "C0ELSE")) == []
    world.apply(WITHOUT_CHANNEL)
    assert not [row for row in channels(world) if row[0] == "slack"]


def test_where_people_must_speak_first_the_channel_says_how(database: Database) -> None:
    with stage("telegram", database, ORGANIZATION.replace("playground: C0PRODUCT, ", "")) as world:
        world.says("Grace", "help")
        world.says("Bob", "help")
        with database.transaction() as session:
            workspaces.name_bot(session, "telegram", "", "Loopkeeper")
        world.says_in_channel("Grace", "setup")

        (post,) = world.posted()
        assert "I cannot write to 2 of the team here yet. Please start a chat with me: https://t.me/Loopkeeper" in post
        assert "Olive" not in post
        told = world.heard("Grace")
        assert "I cannot write there to: Olive Observer, \u674e\u96f7." in told
        world.says("Olive", "help")
        world.says_in_channel("Grace", "setup")
        assert "I cannot write to 1 of the team" in world.posted()[-1]
