"""Who cannot be written to is not chased; his lead knows, once; and nothing meant for him or the team is lost."""

from collections.abc import Iterator

import pytest

from models.audit import AuditEntry
from models.check_ins import Response
from models.db import Database
from models.messages import Delivery, Receipt
from models.organization import Channel, Identity, Workspace
from tests.journeys.both import PROGRAMME, Both, both


@pytest.fixture
def world(database: Database) -> Iterator[Both]:
    with both(database) as world:
        yield world


def states(world: Both) -> dict[str, tuple[str, str]]:
    """In the first Round: the next one may be laid out already."""
    names = {world.person(name).id: name for name in ("Bob Stone", "Ana Ruiz")}
    return {
        names[row["person_id"]]: (row["state"], row["reason"])
        for row in reversed(world.stored(Response)[0])
        if row["person_id"] in names
    }


def archive(world: Both, archived: bool = True) -> None:
    world.stage.fake.channels["C0PRODUCT"].archived = archived


def link_page(world: Both, who: str, account: str) -> None:
    world.says(who, "link")
    code = world.heard(who).split("Your code: ")[1][:9]
    world.says_on_page(account, f"link {code}")
    world.heard(who)


# --- people


def test_who_blocked_the_bot_is_not_asked_and_the_lead_reads_it_once(world: Both) -> None:
    for _ in range(3):
        world.notices("reach:blocked", sender="U0BOB")
    told = world.heard("Grace")
    assert told.count("Bob Stone cannot be reached on Slack: has blocked me") == 1
    world.at("2026-11-23 09:30")
    assert world.heard("Bob") == ""
    assert states(world)["Bob Stone"] == ("missed", "unreachable")

    world.says("Ana", "shipped the rig")
    world.at("2026-11-23 17:30")
    told = world.heard("Grace")
    assert "Bob Stone could not be asked, for I cannot write to them." in told
    assert "no answer yet from" not in told
    assert "no answer yet 1" in world.posted()[-1]
    assert "Bob" not in world.posted()[-1]


def test_who_comes_back_while_the_window_is_open_is_asked_then(world: Both) -> None:
    world.notices("reach:blocked", sender="U0BOB")
    world.at("2026-11-23 11:00")
    assert world.heard("Bob") == ""

    world.notices("reach:reachable", sender="U0BOB")
    world.notices("reach:reachable", sender="U0BOB")
    assert world.heard("Bob").count("What moved?") == 1
    world.says("Bob", "shipped the rig")
    assert states(world)["Bob Stone"] == ("submitted", "")


def test_what_somebody_says_when_he_comes_back_is_not_taken_for_the_answer(world: Both) -> None:
    world.notices("reach:blocked", sender="U0BOB")
    world.at("2026-11-23 11:00")
    world.says("Bob", "good morning, I am here again")

    told = world.heard("Bob")
    assert told.index("I did not read that") < told.index("What moved?")
    assert states(world)["Bob Stone"] == ("prompted", "")


def test_who_comes_back_too_late_is_asked_the_next_time(world: Both) -> None:
    world.notices("reach:blocked", sender="U0BOB")
    world.at("2026-11-23 18:00")
    world.notices("reach:reachable", sender="U0BOB")
    assert world.heard("Bob") == ""
    world.at("2026-11-30 09:30")
    assert "What moved?" in world.heard("Bob")


def test_who_was_asked_already_is_not_asked_again_when_he_comes_back(world: Both) -> None:
    world.at("2026-11-23 09:30")
    assert "What moved?" in world.heard("Bob")
    world.notices("reach:blocked", sender="U0BOB")
    world.at("2026-11-23 11:00")
    world.notices("reach:reachable", sender="U0BOB")
    assert world.heard("Bob") == ""


def test_a_message_that_one_account_refuses_goes_to_the_persons_other_account(world: Both) -> None:
    link_page(world, "Bob", "P0BOB")
    world.stage.fake.people["U0BOB"].deleted = True
    world.at("2026-11-23 09:30")

    assert "What moved?" in world.page_chat("P0BOB")[-1]
    assert world.heard("Grace").count("cannot be reached") == 0
    world.says_on_page("P0BOB", "shipped the rig")
    assert states(world)["Bob Stone"] == ("submitted", "")
    account = world.account_of("U0BOB")
    assert account is not None
    assert account.reach == "deactivated"


def test_a_prompt_the_platform_refuses_is_no_prompt(world: Both) -> None:
    world.stage.fake.people["U0BOB"].deleted = True
    world.at("2026-11-23 09:30")
    assert world.heard("Grace").count("Bob Stone cannot be reached on Slack") == 1
    world.at("2026-11-23 17:30")

    assert states(world)["Bob Stone"] == ("missed", "unreachable")
    assert "Bob Stone could not be asked" in world.heard("Grace")


# --- notices about nobody and nothing


@pytest.mark.parametrize(
    "action",
    ["reach:blocked", "reach:nonsense", "reach:", "profile", "joined", "moved:", "moved:C9", "channel:lost",
     "channel:back", "channel:x", "nonsense", "", "workspace:x"],
)  # fmt: skip
def test_a_notice_about_nobody_is_harmless_and_unanswered(world: Both, action: str) -> None:
    before = world.stored(Identity, Channel, Delivery, AuditEntry, Workspace)
    world.notices(action, sender="U0NOBODY", place="C0NOWHERE")
    assert world.stored(Identity, Channel, Delivery, AuditEntry, Workspace) == before
    assert [row["state"] for row in world.stored(Receipt)[0]][-1] in ("done", "ignored")


def test_a_changed_profile_is_asked_for_again(world: Both) -> None:
    world.notices("profile", sender="U0BOB")
    account = world.account_of("U0BOB")
    assert account is not None
    assert account.profile_due_at == world.clock.now()


def test_who_joins_the_channel_from_outside_is_told_to_the_lead_once(world: Both) -> None:
    for sender in ("U0OTTO", "U0OTTO", "U0CHARLIE", "U0CHARLIE", "U0BOB", "U0HELEN"):
        world.notices("joined", sender=sender, place="C0PRODUCT")
    told = world.heard("Grace")

    assert told.count("Otto Other, who is not in the team, joined the channel of Product on Slack") == 1
    assert told.count("Somebody who is not in the programme joined") == 1
    assert "Bob" not in told
    assert "Helen" not in told
    assert world.heard("Otto") == ""
    assert world.heard("Charlie") == ""


def test_a_workspace_that_took_the_bot_out_is_not_written_to(world: Both) -> None:
    world.notices("workspace:lost")
    rows = {row["platform"]: row["connected"] for row in world.stored(Workspace)[0]}
    assert rows["slack"] is False


# --- channels


def week(world: Both, day: str) -> None:
    world.at(f"{day} 09:30")
    world.says("Bob", f"shipped on {day}")
    world.says("Ana", f"painted on {day}")


def test_a_lost_channel_is_told_once_and_its_posts_go_to_the_lead_meanwhile(world: Both) -> None:
    for _ in range(2):
        world.notices("channel:lost", place="C0PRODUCT")
    assert world.heard("Grace").count("I can no longer post in the channel of Product on Slack") == 1
    week(world, "2026-11-23")
    world.at("2026-11-23 17:30")

    assert world.posted() == []
    assert "shipped on 2026-11-23" in world.heard("Grace")


@pytest.mark.needs("groups")
def test_what_a_channel_refuses_for_good_is_kept_and_arrives_in_order_where_it_is_set_up_again(world: Both) -> None:
    archive(world)
    world.says("Grace", "thanks @Bob Stone for the nightshift #grit")
    world.presses("Grace", "Post")
    assert "I can no longer post in the channel of Product on Slack" in world.heard("Grace")
    assert [row["state"] for row in world.stored(Delivery)[0] if row["place_id"] == "C0PRODUCT"] == ["kept"]

    world.says_in_channel("Grace", "setup", channel="C0ELSE")
    posts = world.posted("C0ELSE")
    assert "nightshift" in posts[0]
    assert "The posts of Product on Slack come here from now on" in posts[1]
    assert len(posts) == 2


def test_a_changed_programme_file_brings_what_was_kept_to_the_new_channel(world: Both) -> None:
    archive(world)
    world.says("Grace", "thanks @Bob Stone for the nightshift #grit")
    world.presses("Grace", "Post")
    world.apply(PROGRAMME)
    world.settle()
    assert world.posted("C0ELSE") == []
    world.apply(PROGRAMME.replace("slack: C0PRODUCT", "slack: C0ELSE"))
    world.settle()

    assert [text for text in world.posted("C0ELSE") if "nightshift" in text]
    week(world, "2026-11-30")
    world.at("2026-11-30 17:30")
    assert "shipped on 2026-11-30" in world.posted("C0ELSE")[-1]


def test_a_channel_the_bot_is_let_into_again_gets_what_was_kept(world: Both) -> None:
    archive(world)
    world.says("Grace", "thanks @Bob Stone for the nightshift #grit")
    world.presses("Grace", "Post")
    archive(world, False)
    for _ in range(2):
        world.notices("channel:back", place="C0PRODUCT")

    assert len([text for text in world.posted() if "nightshift" in text]) == 1
    assert world.stored(Channel)[0][0]["lost_at"] is None


def test_a_group_that_got_another_id_keeps_its_posts(world: Both) -> None:
    world.notices("moved:C0ELSE", place="C0PRODUCT")
    world.notices("moved:C0ELSE", place="C0PRODUCT")
    week(world, "2026-11-23")
    world.at("2026-11-23 17:30")

    assert "shipped on 2026-11-23" in world.posted("C0ELSE")[-1]
    assert world.posted() == []


@pytest.mark.needs("groups")
def test_two_teams_in_one_channel_part_without_reading_each_others_posts(world: Both) -> None:
    world.apply(PROGRAMME.replace("channels: {playground: C1ELSE}", "channels: {slack: C0PRODUCT}"))
    archive(world)
    world.says("Grace", "thanks @Bob Stone for the nightshift #grit")
    world.presses("Grace", "Post")
    world.says_in_channel("Otto", "setup", channel="C0ELSE")

    assert not [text for text in world.posted("C0ELSE") if "nightshift" in text]
