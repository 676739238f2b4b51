"""What the bot says about its own words is true: they are understood, and something is done about them."""

import re
from typing import get_args

import pytest

from handlers.intents import AddBehind, Help, Said, ShowAction, SpokenIntent, Unclear
from handlers.routes import NOT_IN_THIS_VERSION
from handlers.understanding.nearly import COMMAND_NAMES
from models.organization import LOCALES
from services.render import render, words
from tests.handlers.test_parse import parsed

QUOTED = re.compile("\u201c([^\u201d]+)\u201d")


def meanings(locale: str, coaches: bool) -> dict[str, SpokenIntent]:
    said = QUOTED.findall(render(locale, "help", coaches=coaches))
    return {word: parsed(word.replace("\u2026", "example.org/a.ics"), names=()).intents[0] for word in said}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("coaches", [True, False])
def test_every_word_of_the_help_is_understood_and_done(locale: str, coaches: bool) -> None:
    found = meanings(locale, coaches)
    assert len(found) > 30
    lost = {word: type(intent).__name__ for word, intent in found.items() if intent.name in ("said", "unclear")}
    later = {word for word, intent in found.items() if isinstance(intent, NOT_IN_THIS_VERSION)}
    assert (lost, later) == ({}, set())


def test_the_help_names_everything_that_can_be_said_and_done() -> None:
    """Plain talk apart, what is reached by a button's own words, and the help itself."""
    named = {type(intent) for intent in meanings("en", True).values()}
    done = set(get_args(SpokenIntent)) - set(NOT_IN_THIS_VERSION) - {Said, Unclear, Help, AddBehind, ShowAction}
    assert sorted(kind.__name__ for kind in done - named) == []


def test_both_languages_help_with_the_same_things() -> None:
    english, chinese = (
        sorted(type(intent).__name__ for intent in meanings(locale, True).values()) for locale in ("en", "zh")
    )
    assert english == chinese


def test_only_who_leads_is_told_what_leads_do() -> None:
    more = set(meanings("en", True)) - set(meanings("en", False))
    assert {parsed(word).intents[0].name for word in more} >= {"coach", "exceptions", "nudge", "invite", "setup"}


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_the_bot_may_ask_back_about_has_its_name_in_words(locale: str) -> None:
    assert COMMAND_NAMES | {"blocker", "action.update"} <= set(words(locale)["intents"])


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("menu", ["menu", "menu_wecom"])
def test_the_word_of_every_menu_is_understood_and_done(locale: str, menu: str) -> None:
    said = [word for word in words(locale)[menu] if word not in ("part", "more")]
    found = {word: parsed(f"/{word}").intents[0] for word in said}
    assert not [word for word, intent in found.items() if isinstance(intent, (*NOT_IN_THIS_VERSION, Unclear))]
    assert not [word for word, intent in found.items() if intent.name == "said"]
