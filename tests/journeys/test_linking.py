"""One person on several platforms is one person: linked by a code, asked once, answered anywhere."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from models.audit import AuditEntry
from models.check_ins import Answer, Response
from models.connection import Invitation
from models.db import Database
from models.messages import Delivery, Message, Place
from models.organization import Organization, Workspace
from services import linking, outbox, workspaces
from tests.journeys.both import PROGRAMME, Both, both

CODE = re.compile(rf"[{linking.ALPHABET}]{{4}}-[{linking.ALPHABET}]{{4}}")
POLITE_REFUSAL = "This code does not work"
STRANGER = "Please ask your team's lead or HR to add you."


@pytest.fixture
def world(database: Database) -> Iterator[Both]:
    with both(database) as world:
        yield world


def code_for(world: Both, who: str, asks: str = "link") -> str:
    world.says(who, asks)
    found = CODE.search(world.heard(who))
    assert found
    return found[0]


def link(world: Both, who: str, account: str) -> str:
    return world.says_on_page(account, f"link {code_for(world, who)}")


def test_a_code_typed_on_the_other_platform_makes_two_accounts_one_person(world: Both) -> None:
    world.says("Bob", "new mend the flange @Bob Stone by Dec 5 measure zero leaks")
    told = link(world, "Bob", "P0BOB")

    assert "Hello Bob Stone! I know you on the playground too now" in told
    assert "Your account on the playground is linked to you now. Not you?" in world.heard("Bob")
    assert "#1 mend the flange" in world.says_on_page("P0BOB", "mine")
    world.says_on_page("P0BOB", "#1 60% waiting for Osaka")
    world.says("Bob", "#1")
    assert "60 %" in world.heard("Bob")
    assert [row["verb"] for row in world.stored(AuditEntry)[0] if "link" in row["verb"]] == ["account.linked"]


@pytest.mark.parametrize("shape", ["link {}", "LINK {}", "  /link {}", "\u7ed1\u5b9a{}", "hi, link: {}."])
def test_a_code_is_read_however_it_is_typed(world: Both, shape: str) -> None:
    for account, hyphen in (("P0ONE", "-"), ("P0TWO", ""), ("P0THREE", " ")):
        written = code_for(world, "Bob").lower().replace("-", hyphen)
        assert "Hello Bob Stone!" in world.says_on_page(account, shape.format(written)), written


def test_a_code_works_once_and_only_for_a_quarter_of_an_hour_and_the_newest_ends_the_others(world: Both) -> None:
    first = code_for(world, "Bob")
    second = code_for(world, "Bob")
    refusals = {world.says_on_page("P0ONE", f"link {first}")}
    assert "Hello" in world.says_on_page("P0TWO", f"link {second}")
    refusals.add(world.says_on_page("P0THREE", f"link {second}"))
    third = code_for(world, "Bob")
    world.waits(minutes=15)
    refusals.add(world.says_on_page("P0FOUR", f"link {third}"))
    refusals.add(world.says_on_page("P0FIVE", "link ABCD-2345"))

    assert len(refusals) == 1
    assert POLITE_REFUSAL in refusals.pop()
    assert world.account_of("P0ONE") is None


def test_only_the_hash_of_a_code_is_kept(world: Both) -> None:
    code = code_for(world, "Bob").replace("-", "")
    (row,) = world.stored(Invitation)[0]
    assert code not in str(row)
    assert len(row["code_hash"]) == 64


def test_who_guesses_is_told_once_that_it_is_enough_and_then_not_heard(world: Both) -> None:
    told = [world.says_on_page("P0EVE", f"link AAAA-222{number}") for number in range(2, 10)]
    good = code_for(world, "Bob")

    assert all(POLITE_REFUSAL in each for each in told[:5])
    assert "several codes within an hour" in told[5]
    assert told[6:] == ["", ""]
    assert world.says_on_page("P0EVE", f"link {good}") == ""
    assert STRANGER in world.says_on_page("P0EVE", "hello")
    world.waits(hours=1)
    assert "Hello Ana Ruiz!" in world.says_on_page("P0EVE", f"link {code_for(world, 'Ana')}")


def test_an_account_that_is_somebodys_is_not_linked_again_and_nobody_is_named(world: Both) -> None:
    code = code_for(world, "Ana")
    link(world, "Bob", "P0BOB")

    told = world.says_on_page("P0BOB", f"link {code}")
    assert "already belongs to somebody" in told
    assert "Ana" not in told
    world.says("Ana", f"link {code}")
    assert "already linked to you" in world.heard("Ana")
    assert "Hello Ana Ruiz!" in world.says_on_page("P0ANA", f"link {code}")


@pytest.mark.parametrize("how", ["button", "word"])
def test_the_old_account_can_take_a_link_back(world: Both, how: str) -> None:
    link(world, "Bob", "P0EVE")
    if how == "button":
        world.says_on_page("P0EVE", "away until friday")
        world.presses("Bob", "Not me")
    else:
        world.says("Bob", "undo")

    assert "Taken back." in world.heard("Bob")
    assert world.account_of("P0EVE") is None
    assert STRANGER in world.says_on_page("P0EVE", "mine")


def test_what_waits_for_a_wrong_account_never_goes_there(world: Both) -> None:
    link(world, "Bob", "P0EVE")
    with world.database.transaction() as session:
        to = outbox.Address(1, "playground", "", Place(kind="dm", id="P0EVE"))
        tomorrow = world.clock.now() + timedelta(days=1)
        outbox.post(session, world.clock.now(), to, Message(markup="for Bob alone"), "waits", due_at=tomorrow)
    world.presses("Bob", "Not me")

    assert [row["state"] for row in world.stored(Delivery)[0] if row["dedupe_key"] == "waits"] == ["replaced"]


def test_after_a_day_a_link_stays(world: Both) -> None:
    link(world, "Bob", "P0BOB")
    world.waits(hours=25)
    world.presses("Bob", "Not me")

    assert "nothing of yours from the last 24 hours" in world.heard("Bob")
    assert world.account_of("P0BOB") is not None


def test_a_code_of_another_organization_is_refused_like_a_wrong_one(world: Both) -> None:
    code = code_for(world, "Bob")
    with world.database.transaction() as session:
        _give_the_page_to_another_organization(session)

    assert POLITE_REFUSAL in world.says_on_page("P0BOB", f"link {code}")
    assert world.account_of("P0BOB") is None


def _give_the_page_to_another_organization(session: Session) -> None:
    other = Organization(name="Other", time_zone="UTC", locale="en")
    session.add(other)
    session.flush()
    page = session.exec(select(Workspace).where(Workspace.platform == "playground")).one()
    page.organization_id = other.id
    session.add(page)


@pytest.mark.needs("groups")
def test_nothing_is_linked_where_others_read(world: Both) -> None:
    world.says_in_channel("Bob", "link")
    code = code_for(world, "Bob")
    world.says_in_page_channel("P0BOB", f"link {code}", "C1ELSE")

    assert not CODE.search("".join(world.posted()))
    assert STRANGER in world.page_chat("C1ELSE")[-1]
    assert "Hello Bob Stone!" in world.says_on_page("P0BOB", f"link {code}")


# --- invitations


@pytest.mark.needs("groups")
def test_a_lead_invites_the_people_of_his_team_and_hr_everybody(world: Both) -> None:
    world.says_in_channel("Grace", "invite @Bob Stone")
    told = world.heard("Grace")
    assert "An invitation for Bob Stone" in told
    assert not CODE.search("".join(world.posted()))
    world.waits(days=6)
    code = CODE.search(told)
    assert code
    assert "Hello Bob Stone!" in world.says_on_page("P0BOB", f"link {code[0]}")

    world.says("Helen", "invite")
    world.says("Helen", "Otto Other")
    assert CODE.search(world.heard("Helen"))


@pytest.mark.parametrize(
    ("who", "whom"), [("Bob", "Ana Ruiz"), ("Olive", "Bob Stone"), ("Grace", "Helen HR"), ("Otto", "Bob Stone")]
)
def test_nobody_else_gets_a_code_that_makes_him_somebody(world: Both, who: str, whom: str) -> None:
    world.says(who, f"invite @{whom}")
    told = world.heard(who)
    assert "Invitations are made by the person's lead or by HR" in told
    assert not CODE.search(told)
    assert world.stored(Invitation) == [[]]


def test_an_invitation_ends_after_a_week(world: Both) -> None:
    code = code_for(world, "Grace", "invite @Bob Stone")
    world.waits(days=7)
    assert POLITE_REFUSAL in world.says_on_page("P0BOB", f"link {code}")


def test_an_invitation_comes_with_telegrams_own_link_where_the_bots_name_is_known(database: Database) -> None:
    with both(database, PROGRAMME.replace("slack: U0ANA", "slack: U0ANA, telegram: 1001")) as world:
        with database.transaction() as session:
            workspaces.name_bot(session, "telegram", "", "loop_keeper_bot")
            workspaces.connect(session, [("slack", ""), ("playground", ""), ("telegram", "")])
        world.says("Grace", "invite @Bob Stone")

        found = re.search(r"https://t.me/loop_keeper_bot\?start=(\w{8})\b", world.heard("Grace"))
        assert found
        assert "Hello Bob Stone!" in world.says_on_page("P0BOB", f"link {found[1]}")


def test_somebody_without_any_account_is_invited_and_asked_at_once(database: Database) -> None:
    with both(database, PROGRAMME.replace(", slack: U0BOB", "")) as world:
        world.at("2026-11-23 09:30")
        code = code_for(world, "Grace", "invite @Bob Stone")
        world.says_on_page("P0BOB", f"link {code}")

        chat = world.page_chat("P0BOB")
        assert "Hello Bob Stone!" in chat[0]
        assert "What moved?" in chat[1]


# --- one answer, wherever


def test_an_answer_anywhere_counts_once_and_the_old_buttons_say_so(world: Both) -> None:
    link(world, "Bob", "P0BOB")
    world.heard("Bob")
    page = world.page_chat("P0BOB")
    world.at("2026-11-23 09:30")
    assert "What moved?" in world.heard("Bob")
    assert world.page_chat("P0BOB") == page

    assert "shipped the rig" in world.says_on_page("P0BOB", "shipped the rig")
    world.presses("Bob", "Skip")

    assert "There is no check-in to answer right now" in world.heard("Bob")
    responses, answers = world.stored(Response, Answer)
    assert [row["text"] for row in answers] == ["shipped the rig"]
    assert [row["state"] for row in responses if row["person_id"] == world.person("Bob Stone").id] == ["submitted"]


def test_here_brings_what_the_bot_writes_to_this_platform(world: Both) -> None:
    link(world, "Bob", "P0BOB")
    assert "From now on I write to you on the playground." in world.says_on_page("P0BOB", "here")
    world.heard("Bob")
    world.at("2026-11-23 09:30")

    assert world.heard("Bob") == ""
    assert "What moved?" in world.page_chat("P0BOB")[-1]
    assert [row["verb"] for row in world.stored(AuditEntry)[0] if row["verb"] == "person.prefers"]


def test_what_the_person_said_about_where_to_write_no_list_overrules(world: Both) -> None:
    world.apply(PROGRAMME.replace("slack: U0BOB", "slack: U0BOB, prefers: playground"))
    assert world.person("Bob Stone").prefers == "playground"
    world.apply(PROGRAMME)
    assert world.person("Bob Stone").prefers is None
    world.says("Bob", "here")
    world.apply(PROGRAMME.replace("slack: U0BOB", "slack: U0BOB, prefers: playground"))
    assert world.person("Bob Stone").prefers == "slack"


# --- the list and what people linked themselves


def test_a_linked_account_outlives_a_list_that_does_not_know_it(world: Both) -> None:
    link(world, "Bob", "P0BOB")
    world.apply(PROGRAMME)
    assert "Your items" in world.says_on_page("P0BOB", "mine")


def test_the_list_takes_an_account_over_that_it_names(world: Both) -> None:
    link(world, "Bob", "P0BOB")
    world.apply(PROGRAMME.replace("slack: U0ANA", "slack: U0ANA, playground: P0BOB"))

    account = world.account_of("P0BOB")
    assert account is not None
    assert (account.person_id, account.source) == (world.person("Ana Ruiz").id, "file")
    assert world.person("Bob Stone").active
    world.says("Bob", "undo")
    assert world.account_of("P0BOB") is not None


def test_a_person_who_leaves_is_a_stranger_everywhere_and_the_same_person_when_he_returns(world: Both) -> None:
    link(world, "Bob", "P0BOB")
    world.says("Bob", "new mend the flange @Bob Stone by Dec 5 measure zero leaks")
    before = world.person("Bob Stone").id
    world.apply(PROGRAMME.replace("  - {name: Bob Stone, slack: U0BOB}\n", "").replace("[Bob Stone, ", "["))
    assert STRANGER in world.says_on_page("P0BOB", "mine")
    world.heard("Bob")
    world.says("Bob", "link")
    assert STRANGER in world.heard("Bob")

    world.apply(PROGRAMME)
    assert world.person("Bob Stone").id == before
    assert "#1 mend the flange" in world.says_on_page("P0BOB", "mine")
    assert [row for row in world.stored(Delivery)[0] if row["state"] == "failed"] == []
