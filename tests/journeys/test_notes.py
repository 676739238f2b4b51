"""The history of two people's talks is found again by the two, and by nobody to whom it was not shown."""

import pytest
from sqlmodel import select

from models.coaching import NoteShare, OneOnOne
from models.organization import Person
from services import coaching
from tests.world import ORGANIZATION, World

pytestmark = pytest.mark.in_turn

NONE = "There is no coaching note with {} that you can read."


def wrote(world: World, text: str, visibility: str = "both", agreed: str = "") -> None:
    """Grace about Bob, some time ago; how that goes in chat: test_coaching.py."""
    with world.database.transaction() as session:
        grace, bob = (
            session.exec(select(Person).where(Person.name == name)).one() for name in ("Grace Park", "Bob Stone")
        )
        note = coaching.write(session, grace, bob, text, visibility, world.clock.now())
        if agreed:
            coaching.agree(session, note, grace, agreed, world.clock.now())
    world.waits(hours=1)


def test_both_find_what_they_talked_about_and_each_only_what_he_may_read(world: World) -> None:
    wrote(world, "quoting for Osaka", agreed="ask two suppliers")
    wrote(world, "his Quoting is careless", "me")
    wrote(world, "\u62a5\u4ef7\u592a\u6162")
    wrote(world, "holidays", "hr")
    for who in ("Grace", "Bob", "Helen", "Otto", "Olive"):
        world.heard(who)

    world.says("Bob", "notes @Grace Park")
    told = world.heard("Bob")
    assert told.index("holidays") < told.index("quoting for Osaka")
    assert "2026 \u00b7 Grace Park\nquoting for Osaka\nAgreed: ask two suppliers" in told
    assert "careless" not in told
    world.says("Bob", "notes @Grace Park quoting")
    assert "holidays" not in (told := world.heard("Bob"))
    assert "quoting for Osaka" in told
    world.says("Bob", "notes @Grace Park \u62a5\u4ef7")
    assert "\u62a5\u4ef7\u592a\u6162" in world.heard("Bob")

    world.says("Grace", "notes @Bob Stone quoting")
    told = world.heard("Grace")
    assert told.index("\u00b7 Only me") < told.index("his Quoting is careless") < told.index("quoting for Osaka")
    world.says("Helen", "notes @Bob Stone")
    assert "holidays" in (told := world.heard("Helen"))
    assert "uoting" not in told
    for stranger in ("Otto", "Olive"):
        world.says(stranger, "notes @Bob")
        assert world.heard(stranger) == NONE.format("Bob")


def test_a_note_shows_what_became_of_the_agreed_step(world: World) -> None:
    world.says("Grace", "coach @Bob Stone pacing")
    world.presses("Grace", "Both of us")
    world.says("Grace", "ask earlier")
    world.waits(seconds=1)
    world.presses("Grace", "Make it an improvement item")
    world.says("Grace", "Dec 5")
    world.says("Grace", "two questions a week")
    world.says("Bob", "#1 done")
    world.heard("Bob")
    world.says("Bob", "notes @Grace Park pacing")

    assert "Agreed: ask earlier\n\u2192 #1 ask earlier: done" in world.heard("Bob")


def test_older_notes_are_one_press_or_word_away_and_an_old_one_can_be_changed(world: World) -> None:
    for number in range(6):
        wrote(world, f"talk number {number}")
    world.heard("Grace")
    world.says("Grace", "notes @Bob Stone talk")
    told = world.heard("Grace")
    assert "talk number 5" in told
    assert "talk number 0" not in told
    world.says("Grace", "older")
    told = world.heard("Grace")
    assert "6. Mon, Nov 23, 2026" in told
    assert "talk number 0" in told
    world.presses("Grace", "Change the note 6")
    world.presses("Grace", "What was agreed")
    world.says("Grace", "nothing yet")

    assert "Agreed: nothing yet" in world.heard("Grace")


def test_a_new_lead_sees_only_what_the_person_shows_him(world: World) -> None:
    wrote(world, "quoting for Osaka")
    wrote(world, "his quoting is careless", "me")
    world.says("Grace", "coach @Bob Stone")
    world.presses("Grace", "Both of us")
    world.says("Grace", "pacing")
    world.presses("Grace", "Nothing agreed")
    world.presses("Grace", "In a week")
    world.heard("Bob")
    world.heard("Otto")
    world.apply(ORGANIZATION.replace("leads: [Grace Park]", "leads: [Otto Other]"))
    world.tick()

    told = world.heard("Bob")
    assert told.startswith("Otto Other leads Product now.\nNone of your earlier coaching notes is visible there.")
    assert "The 1:1 with Grace Park on Mon, Nov 30, 2026 10:00" in told
    assert world.heard("Otto") == ""
    world.says("Otto", "notes @Bob Stone")
    assert world.heard("Otto") == NONE.format("Bob Stone")

    world.presses("Bob", "Show our shared notes")
    assert "Otto Other can read 2 of your earlier coaching notes now" in world.heard("Bob")
    assert "Bob Stone shows you 2 earlier coaching notes:" in world.heard("Otto")
    world.says("Otto", "notes @Bob Stone")
    assert "quoting for Osaka" in (told := world.heard("Otto"))
    assert "careless" not in told
    world.says("Grace", "notes @Bob Stone")
    assert "careless" in world.heard("Grace")
    assert world.stored(OneOnOne)[0][0]["next_at"] is None


def test_who_keeps_his_notes_shows_nobody(world: World) -> None:
    wrote(world, "quoting for Osaka")
    world.apply(ORGANIZATION.replace("leads: [Grace Park]", "leads: [Otto Other]"))
    world.tick()
    world.says("Bob", "keep them to myself")

    assert "Nobody new sees your earlier notes." in world.heard("Bob")
    assert world.stored(NoteShare) == [[]]
    assert world.heard("Otto") == ""
    world.says("Bob", "notes @Otto Other")
    world.says("Bob", "Show our shared notes")
    assert "Bob Stone shows you 1 earlier coaching note" in world.heard("Otto")


def test_a_lead_named_in_chat_starts_without_the_notes_too(world: World) -> None:
    wrote(world, "quoting for Osaka")
    for said in ("setup", "People", "lead @\u674e\u96f7, observer @Grace Park"):
        world.says("Grace", said)

    assert "leads Product now.\nNone of your earlier coaching notes is visible there." in world.heard("Bob")
