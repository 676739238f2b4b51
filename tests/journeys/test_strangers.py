"""Permissions: every row of the table is tried by a stranger, by an observer, and by somebody of another team."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from handlers import intents as i
from handlers.routes import TABLE
from models.audit import AuditEntry
from models.check_ins import Answer, Response
from models.coaching import AgendaItem, CoachingNote
from models.conversation import OpenQuestion
from models.ledger import Action, ActionUpdate
from models.organization import Absence, Organization
from models.recognition import Honoured, Recognition
from tests.world import FEATURES, ORGANIZATION, World, stage

pytestmark = pytest.mark.in_turn(2)

FACTS = (Action, ActionUpdate, CoachingNote, Recognition, Honoured, Response, Answer, AgendaItem)
SECRETS = ("Bob", "Stone", "Grace", "Park", "Li Lei", "\u674e\u96f7", "Olive", "Helen", "Otto", "Ana", "Product",
           "Elsewhere", "Weekly", "flange", "leaks", "Osaka", "tempo", "nightshift", "grit", "Acme")  # fmt: skip

SAID: dict[type[Any], tuple[str, ...]] = {
    i.Report: ("report",),
    i.Edit: ("edit", "edit 1"),
    i.Later: ("later 1h",),
    i.Skip: ("skip no time",),
    i.Same: ("same as last time",),
    i.OnlyLead: ("only my lead",),
    i.Withdraw: ("withdraw my answer",),
    i.Nudge: ("nudge",),
    i.Back: ("back",),
    i.UpdateAction: ("#1 100% hijacked", "#1 blocked: hijacked", "#1 by Dec 24 because hijacked"),
    i.NewAction: ("new hijack it @Bob Stone by Dec 5 measure one",),
    i.ShowAction: ("#1", "show #1"),
    i.Blockers: ("blockers",),
    i.MoveBlocker: ("B1 resolved", "B1 hijacked"),
    i.Exceptions: ("exceptions",),
    i.AddBehind: ("add to next 1:1",),
    i.Seen: ("seen, thank you",),
    i.Export: ("export",),
    i.History: ("history", "history @Bob Stone"),
    i.Coach: ("coach @Bob Stone hijacked",),
    i.Notes: ("notes @Bob Stone tempo",),
    i.Meet: ("1on1 @Bob Stone thu 15:00",),
    i.Agenda: ("agenda @Bob Stone hijacked", "agenda @Bob Stone"),
    i.Reflect: ("reflect",),
    i.Thanks: ("thanks @Bob Stone for nothing #hijack",),
    i.Board: ("board",),
    i.ShowDigest: ("digest",),
    i.Mine: ("mine",),
    i.Help: ("help",),
    i.Privacy: ("privacy",),
    i.Away: ("away until friday", "away @Bob Stone until friday"),
    i.Feed: ("calendar https://hijack.example/a.ics", "calendar off"),
    i.Language: ("language zh",),
    i.Quiet: ("quiet 22:00-08:00",),
    i.Intensity: ("reminders light",),
    i.Undo: ("undo",),
    i.Said: ("good morning to you all",),
    i.Unclear: ("1", "done"),
    i.Setup: ("setup",),
    i.Link: ("link",),
    i.Invite: ("invite @Bob Stone",),
    i.Here: ("here",),
    i.MyData: ("mydata",),
    i.ForgetMe: ("forgetme",),
    i.WhyNot: ("whynot @Bob Stone",),
    i.Suggest: ("suggest more light",),
    i.Gap: ("gap lead time",),
    i.Why: ("why #1",),
    i.Sign: ("sign 1",),
    i.Practice: ("practice",),
    i.Loop: ("loop 1",),
    i.Reflect: ("reflect", "cancel"),
}
PRESSED: dict[type[Any], str] = {
    i.Report: "v1:report:{response}",
    i.Answer: "v1:choose:{question}:0",
    i.Edit: "v1:edit:{response}",
    i.Later: "v1:later:{response}",
    i.Skip: "v1:skip:{response}",
    i.Same: "v1:same:{response}",
    i.OnlyLead: "v1:only_lead:{response}",
    i.Withdraw: "v1:withdraw:{response}",
    i.Nudge: "v1:nudge:{round}",
    i.Seen: "v1:seen:{round}",
    i.AddBehind: "v1:behind:{team}",
    i.Agenda: "v1:talked:{point}",
    i.MoveBlocker: "v1:blocker_resolve:1",
    i.Behind: "v1:late:1",
    i.History: "v1:history:{person}:0",
    i.NewAction: "v1:agree:{note}",
    i.Undo: "v1:undo:{entry}",
    i.Choose: "v1:choose:{question}:-1",
    i.AwayIn: "v1:awayin:{absence}:1",
    i.NotOff: "v1:notoff:{absence}",
    i.Consent: "v1:consent:1:0",
    i.Forged: "v9:nonsense",
}
BY_ANOTHER_WAY = {
    i.Arrive,
    i.SetUp,
    i.ChangeSetting,
    i.SetOwners,
    i.SubmitForm,
    i.SaveDraft,
    i.Amend,
    i.Contact,
    i.OpenHome,
}


@pytest.fixture
def busy(world: World) -> World:
    """A team with something of everything that could be given away."""
    world.at("2026-11-23 09:30")
    world.says("Bob", "shipped the flange")
    world.says("Bob", "nothing")
    world.says("Bob", "new mend the flange @Bob Stone by Dec 5 measure zero leaks")
    world.says("Bob", "#1 60% waiting for Osaka")
    world.says("Grace", "coach @Bob Stone talked about tempo")
    world.presses("Grace", "Both of us")
    world.says("Grace", "thanks @Bob Stone for the nightshift #grit")
    world.presses("Grace", "Post")
    world.says("Grace", "agenda @Bob Stone tempo")
    world.says("Grace", "away @Bob Stone Dec 24")
    if "groups" in FEATURES[world.platform]:
        world.says_in_channel("Bob", "#1 61% still waiting for Osaka")
    else:
        world.says("Bob", "#1 61% still waiting for Osaka")
    for who in ("Bob", "Grace", "Olive", "Otto", "Charlie"):
        world.heard(who)
    return world


def ids(world: World) -> dict[str, int]:
    responses, questions, notes, entries = world.stored(Response, OpenQuestion, CoachingNote, AuditEntry)
    (absences,) = world.stored(Absence)
    moved = [row for row in entries if row["verb"] == "action.moved"]
    return {
        "response": responses[0]["id"],
        "round": responses[0]["round_id"],
        "person": responses[0]["person_id"],
        "team": moved[-1]["new"].get("team", 1),
        "question": questions[-1]["id"],
        "note": notes[0]["id"],
        "absence": absences[0]["id"],
        "entry": moved[-1]["id"],
        "point": world.stored(AgendaItem)[0][0]["id"],
    }


def tries_everything(world: World, who: str) -> Iterator[tuple[str, str]]:
    """What was tried, and what was heard of it in his own chat and in the channel."""
    for text in (text for texts in SAID.values() for text in texts):
        world.says(who, text)
        yield text, world.heard(who)
        world.waits(minutes=25)
    numbers = ids(world)
    for action in (shape.format(**numbers) for shape in PRESSED.values()):
        before = len(world.posted())
        world.forges_press(who, action, world.channel)
        yield action, "\n".join([*world.posted()[before:], world.heard(who)])
        world.waits(minutes=25)


def test_every_row_of_the_table_is_tried() -> None:
    assert set(SAID) | set(PRESSED) | BY_ANOTHER_WAY == {route.intent for route in TABLE}


def test_a_stranger_gets_the_same_polite_answer_to_everything_and_changes_nothing(busy: World) -> None:
    busy.at("2026-11-23 17:30")
    before = busy.stored(*FACTS)
    answers: dict[str, list[str]] = {}
    for tried, told in tries_everything(busy, "Charlie"):
        answers.setdefault(told.strip(), []).append(tried)
        if tried == "board":
            assert busy.stored(*FACTS) == before
    if "groups" in FEATURES[busy.platform]:
        busy.says_in_channel("Charlie", "#1 100% hijacked")
    else:
        busy.says("Charlie", "#1 100% hijacked")

    assert len(answers) == 1, answers
    (polite,) = answers
    assert "Please ask your team's lead or HR to add you." in polite
    if "groups" in FEATURES[busy.platform]:
        assert busy.posted()[-1] == polite
    assert not [secret for secret in SECRETS if secret in polite]
    assert not re.search(r"\d", polite)
    assert [row for row in busy.stored(Action)[0] if row["progress"] != 61] == []
    assert busy.stored(CoachingNote, Recognition, ActionUpdate) == [before[2], before[3], before[1]]


def test_a_stranger_who_goes_on_is_not_answered_for_ever(busy: World) -> None:
    for _ in range(10):
        busy.says("Charlie", "board")

    assert len(busy.chat("Charlie")) == 3


@pytest.mark.needs("groups")
def test_a_stranger_in_a_thread_of_the_bot_is_neither_heard_nor_answered(busy: World) -> None:
    before, posts = busy.stored(*FACTS), busy.posted()
    busy.says_in_channel("Charlie", "#1 100% hijacked", mention=False, thread=busy.post_id())

    assert busy.posted() == posts
    assert busy.stored(*FACTS) == before


def test_a_stranger_who_only_opens_the_chat_learns_nothing_of_anybody(slack: World) -> None:
    slack.run(slack.stage.user("U0CHARLIE").opens_home("messages"))
    slack.settle()

    told = slack.heard("Charlie")
    assert "Charlie" not in told
    assert not [secret for secret in SECRETS if secret in told]
    assert not re.search(r"\d", told)


def test_a_strangers_forms_edits_and_slash_commands_are_answered_the_same(slack: World) -> None:
    slack.at("2026-11-23 09:30")
    slack.presses("Bob", "Answer")
    before = slack.stored(*FACTS)
    charlie = slack.stage.user("U0CHARLIE")
    message = slack.says("Charlie", "hello")
    polite = slack.heard("Charlie")
    view = slack.stage.fake.views[-1]

    def deeds() -> Iterator[Any]:
        yield charlie.slash("board")
        yield slack.stage.edits("U0CHARLIE", message, "mine")
        yield charlie.submits(view, {"0": "hijacked", "1": "hijacked"})

    for deed in deeds():
        slack.waits(hours=1, minutes=1)
        slack.run(deed)
        slack.settle()
        assert slack.heard("Charlie") == polite
    assert slack.stored(Answer, Action) == [before[6], before[0]]


def test_who_left_the_list_is_a_stranger_and_is_not_asked_any_more(world: World) -> None:
    world.says("Bob", "mine")
    assert "Your items" in world.heard("Bob")
    bob = next(line for line in ORGANIZATION.splitlines() if "Bob Stone, slack" in line)
    world.apply(ORGANIZATION.replace(bob + "\n", "").replace(", Bob Stone]", "]"))

    world.says("Bob", "mine")
    told = world.heard("Bob")
    assert "Please ask your team's lead or HR to add you." in told
    world.at("2026-11-23 09:30")
    assert world.heard("Bob") == ""


def test_an_observer_reads_but_writes_nothing_of_the_teams(busy: World) -> None:
    before = busy.stored(*FACTS)
    writes = (i.UpdateAction, i.NewAction, i.Coach, i.Edit, i.Later, i.Skip, i.Undo, i.Report)
    for text in (text for kind in writes for text in SAID[kind]):
        busy.says("Olive", text)
    numbers = ids(busy)
    for action in (shape.format(**numbers) for shape in PRESSED.values()):
        busy.forges_press("Olive", action, busy.channel)

    assert busy.stored(*FACTS) == before
    busy.catches_up()
    busy.says("Olive", "board")
    assert "#1 mend the flange: Bob Stone, 61 %" in busy.chat("Olive")[-1]


def test_an_observer_is_told_why_he_cannot_write(busy: World) -> None:
    busy.says("Olive", "#1 100%")
    assert "its owner and the team's lead can move it. Nothing was changed." in busy.heard("Olive")
    busy.says("Olive", "new paint it @Bob Stone by Dec 5 measure one")
    assert "As an observer you can read, but not add items." in busy.heard("Olive")
    busy.says("Olive", "coach @Bob Stone talked")
    assert "Coaching notes are written by the lead" in busy.heard("Olive")


def test_another_team_changes_nothing_and_learns_nothing_it_did_not_say_itself(busy: World) -> None:
    busy.at("2026-11-23 17:30")
    before = busy.stored(Action, ActionUpdate, CoachingNote, Recognition, Honoured, Answer)
    for tried, told in tries_everything(busy, "Otto"):
        own = ("Otto", "Elsewhere", *re.findall(r"\w+", tried))
        leaked = [secret for secret in SECRETS if re.search(rf"\b{secret}\b", told) and secret not in own]
        assert leaked == [], (tried, told)

    assert busy.stored(Action, ActionUpdate, CoachingNote, Recognition, Honoured, Answer) == before


def test_an_item_of_another_team_is_answered_like_one_that_does_not_exist(busy: World) -> None:
    for text in ("#1", "#1 100%"):
        busy.says("Otto", text)
        theirs = busy.heard("Otto")
        busy.says("Otto", text.replace("#1", "#7"))
        assert theirs == busy.heard("Otto").replace("#7", "#1")


def test_a_member_does_not_move_the_item_of_a_colleague(busy: World) -> None:
    before = busy.stored(Action)
    busy.says("Li Lei", "#1 100%")

    assert "Bob Stone" in busy.heard("Li Lei")
    assert busy.stored(Action) == before


@pytest.mark.parametrize("who", ["Bob", "Grace", "Helen"])
def test_the_owner_the_lead_and_hr_move_it(busy: World, who: str) -> None:
    busy.says(who, "#1 80% moved on")

    assert busy.stored(Action)[0][0]["progress"] == 80


def test_a_strange_workspace_gets_no_answer_at_all(platform: str, database: Any) -> None:
    """Of several organizations nobody knows whose it is."""
    with database.transaction() as session:
        session.add_all([Organization(name=name, time_zone="UTC", locale="en") for name in ("One", "Two")])
    without_accounts = re.sub(r"(, )?(slack|playground|wecom): \w+", "", ORGANIZATION)
    with stage(platform, database, without_accounts) as world:
        world.says("Bob", "mine")

        assert world.chat("Bob") == []


def test_a_workspace_nobody_named_belongs_to_the_only_organization(platform: str, database: Any) -> None:
    without_accounts = re.sub(r"(, )?(slack|playground|wecom): \w+", "", ORGANIZATION)
    with stage(platform, database, without_accounts) as world:
        world.says("Bob", "mine")

        assert "Please ask your team's lead or HR to add you." in world.heard("Bob")
