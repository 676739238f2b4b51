"""Anonymous rounds: really anonymous. No join in the database leads from a text to a person, on either engine."""

from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlmodel import SQLModel, select

from models.check_ins import AnonymousAnswer, Answer, Response
from models.db import Database
from models.messages import Delivery
from models.organization import Team
from services import export
from tests.journeys.asking import asking
from tests.world import World, stage

PEOPLE = ("Li Lei", "Ana", "Bob", "Olive", "Helen", "Otto")
QUESTIONS = (
    "{ask: {en: What do we never say?}}",
    "{ask: {en: Do you trust the plan?}, kind: choice, options: [{en: Fully}, {en: A little}]}",
)
SIX = (
    asking(*QUESTIONS, anonymous=True)
    .replace("America/Lima", "Asia/Shanghai")
    .replace(
        "Bob Stone]\n    observers: [Olive Observer]", "Bob Stone, Ana Ruiz, Olive Observer, Helen HR, Otto Other]"
    )
)
TEXTS = ("zebra words", "yellow words", "quiet words", "amber words", "violet words", "indigo words")
ASKED, CLOSED = "2026-11-23 09:30", "2026-11-23 17:30"


def exported_rounds(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        team = session.exec(select(Team).where(Team.name == "Product")).one()
        return [each for each in export.collect(session, team, None, False)["rounds"] if each["responses"]]


def answer(world: World, who: str, text: str) -> None:
    """Each in another way: typed, corrected in the chat, on the form, or pressed."""
    if who == "Ana":
        world.presses(who, "Answer")
        world.submits(who, text, "Fully")
        return
    message = world.says(who, text)
    if who == "Bob":
        world.edits(who, message, f"{text} indeed")
    world.says(who, "maybe")  # neither of the two, so that it is asked again
    world.presses(who, "Fully" if who == "Otto" else "A little")


def rows(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """Everything there is, with what Postgres keeps behind each row."""
    hidden = "" if database.is_sqlite else ", xmin::text AS xmin, ctid::text AS ctid"
    with database.reading() as session:
        return [
            (name, dict(row._mapping))
            for name in SQLModel.metadata.tables
            for row in session.execute(sql(f'SELECT *{hidden} FROM "{name}"')).all()
        ]


def test_no_table_leads_from_an_anonymous_answer_to_its_author(database: Database) -> None:
    with stage("slack", database, SIX) as world:
        world.at(ASKED)
        assert "This one is anonymous" in world.heard("Bob")
        for who, text in zip(PEOPLE, TEXTS, strict=True):
            answer(world, who, text)
            world.later(minutes=1)
        receipt = world.heard("Bob")
        assert "Sent without your name" in receipt
        assert "words" not in receipt

        everything = rows(database)
        answers = [row for name, row in everything if name == "anonymousanswer"]
        others = [row for name, row in everything if name != "anonymousanswer"]
        assert sorted(row["text"] for row in answers if row["question"] == 0) == sorted(
            text + (" indeed" if who == "Bob" else "") for who, text in zip(PEOPLE, TEXTS, strict=True)
        )
        assert not [row for row in others for text in TEXTS if text in str(row)]
        ids = {row["id"] for row in answers}
        assert len(ids) == 12
        assert not [row for row in others for id_ in ids if id_ in str(row)]
        assert {frozenset(row) - {"xmin", "ctid"} for row in answers} == {frozenset(AnonymousAnswer.model_fields)}
        assert [row["id"] for row in answers] == sorted(ids)
        assert len({row.get("xmin") for row in answers}) == 1
        sent = [row for name, row in everything if name == "response"]
        assert {(row["state"], row["submitted_at"], row["edited_at"]) for row in sent} == {("submitted", None, None)}
        assert not [row for name, row in everything if name == "answer"]
        about = {row["verb"] for name, row in everything if name == "auditentry" and row["actor_id"]}
        assert not {verb for verb in about if verb.startswith(("answer.", "response."))}


def test_results_are_shown_once_all_windows_ended_in_no_order_and_nothing_is_added_after(database: Database) -> None:
    with stage("slack", database, SIX) as world:
        world.at(ASKED)
        for who, text in zip(PEOPLE[:5], TEXTS[:5], strict=True):
            answer(world, who, text)
        message = world.says("Otto", "indigo words")
        world.at(CLOSED)

        summary = world.posted()[-1]
        assert all(text in summary for text in TEXTS[:5])
        assert "Fully 1 \u00b7 A little 4" in summary
        assert "Answered 5 \u00b7 no answer yet 1" in summary
        assert not any(name in summary for name in ("Bob", "Ana", "Otto"))
        exported, *_ = exported_rounds(database)
        assert sorted(exported["anonymous"][0]["texts"])[-1] == "zebra words"
        assert "words" not in str(exported["responses"])
        assert world.stored(Answer) == [[]]

        world.heard("Otto")
        world.presses("Otto", "A little")
        assert "was anonymous and is over" in world.heard("Otto")
        world.edits("Otto", message, "indigo secrets")
        world.says("Bob", "edit")
        assert "zebra" not in world.heard("Bob")
        assert "indigo" not in str(rows(database))
        assert world.posted()[-1] == summary


def test_below_five_nothing_is_shown_and_the_answers_are_gone(database: Database) -> None:
    with stage("slack", database, SIX) as world:
        world.at(ASKED)
        for who, text in zip(PEOPLE[:4], TEXTS[:4], strict=True):
            answer(world, who, text)
        world.heard("Bob")
        world.at(CLOSED)

        assert "Fewer than 5 answered: nothing is shown" in world.posted()[-1]
        assert world.stored(Answer) == [[]]
        with database.reading() as session:
            assert session.exec(select(AnonymousAnswer)).all() == []
            assert not [each for each in session.exec(select(Delivery)).all() if "words" in str(each.message)]
        assert "words" not in str([row for _, row in rows(database)])


def test_what_was_sent_without_a_name_can_be_neither_changed_nor_taken_back(database: Database) -> None:
    with stage("slack", database, SIX) as world:
        world.at(ASKED)
        answer(world, "Li Lei", "zebra words")
        world.heard("Bob")
        message = world.says("Bob", "yellow words")
        world.says("Bob", "2")
        world.heard("Bob")

        world.edits("Bob", message, "yellow secrets")
        world.says("Bob", "withdraw")
        assert "no answer of yours that others can see" in world.heard("Bob")
        assert "secrets" not in str(rows(database))
        states = [row["state"] for row in world.stored(Response)[0]]
        assert states.count("submitted") == 2


@pytest.mark.needs("edits")
@pytest.mark.in_turn
def test_how_people_feel_is_shown_as_numbers_of_five_and_of_nobody(world: World) -> None:
    world.apply(
        SIX.replace("        anonymous: true\n", "").replace(QUESTIONS[0], "{ask: {en: How are you?}, kind: mood}")
    )
    world.at(ASKED)
    for who in PEOPLE[:4]:
        world.says(who, "low" if who == "Bob" else "good")
        world.says(who, "Fully")
    world.at(CLOSED)
    assert "How are you?" not in world.posted()[-1]

    shown = str(exported_rounds(world.database))
    assert "Fully" in shown
    assert "good" not in shown.casefold()

    world.says("Helen", "great")
    world.says("Helen", "Fully")
    world.later(minutes=2)
    assert "How are you? \U0001f604 Great 1 \u00b7 \U0001f642 Good 3 \u00b7 \U0001f641 Low 1" in world.posted()[-1]
