"""What people typed stays words on Telegram: no tag, mention, command or hashtag of theirs becomes live."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.telegram.dialect import html, inert
from tests.fakes.telegram_rules import live, read_html, units

MOST = 4096
HOSTILE = st.text(
    st.sampled_from("@/#<>&\"'_*`[]()!.-: \n\u2060\u200c\u00b7ab09\u00e9\u674e\U0001f389")
    | st.characters(codec="utf-8"),
    max_size=60,
) | st.sampled_from(
    ["@everyone", "/start", "#tag", "<b>x</b>", '<a href="tg://user?id=1">x</a>', "[x](tg://user?id=1)", "&lt;b&gt;"]
)


@given(st.lists(HOSTILE, min_size=1, max_size=4), st.sampled_from(["{}", "<b>{}</b>", "x<i>{}</i>", "{}<br>"]))
def test_nothing_a_person_typed_becomes_live(texts: list[str], frame: str) -> None:
    markup = "".join(frame.format(escape(text)) for text in texts)
    words, entities = read_html(html(markup, MOST))
    assert live(words) == []
    assert {it["type"] for it in entities} <= {"bold", "italic"}


@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_every_word_is_still_there(texts: list[str]) -> None:
    words, _ = read_html(html("".join(str(escape(text)) for text in texts), MOST))
    assert words.replace("\u2060", "") == "".join(texts).replace("\u2060", "").replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["#12 60%", "#12", "ann@acme.org", "https://acme.org/a/b", "and/or", "1/2", "a # b"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("@bob", "mention"),
        ("say @bob.", "mention"),
        ("/help", "bot_command"),
        ("#tag", "hashtag"),
        ("#12ab", "hashtag"),
    ],
)
def test_what_telegram_makes_live_by_itself_is_broken_invisibly(text: str, kind: str) -> None:
    assert [found for found, _ in live(text)] == [kind]
    assert live(inert(text)) == []


def test_a_name_that_stands_across_a_tag_is_broken_too() -> None:
    words, _ = read_html(html("see @<b>bob_the_admin</b>", MOST))
    assert live(words) == []


def test_our_own_tags_become_telegrams() -> None:
    sent = html(
        '<b>Hi</b> <i>you</i><br><a href="https://x.org/?a=1&amp;b=2">there</a>, <at id="42">Bob &amp; Co</at>', MOST
    )
    words, entities = read_html(sent)
    assert words == "Hi you\nthere, Bob & Co"
    assert [(it["type"], it.get("url"), it.get("user")) for it in entities] == [
        ("bold", None, None), ("italic", None, None), ("text_link", "https://x.org/?a=1&b=2", None),
        ("text_mention", None, 42),
    ]  # fmt: skip


def test_a_mention_of_who_has_no_account_here_is_a_name() -> None:
    assert read_html(html('<at id="U0BOB">Bob</at>', MOST)) == ("Bob", [])


def test_of_four_hundred_mentions_the_first_hundred_call_and_all_are_named() -> None:
    words, entities = read_html(html(" ".join(f'<at id="{n}">P{n}</at>' for n in range(1, 401)), MOST))
    assert len(entities) == 100
    assert re.findall(r"P(\d+)", words) == [str(number) for number in range(1, 401)]


@pytest.mark.parametrize("letter", ["a", "\u674e", "\U0001f389"], ids=["ascii", "chinese", "emoji"])
def test_the_longest_text_is_sent_whole_and_one_unit_more_is_cut_visibly(letter: str) -> None:
    most = MOST // units(letter)
    assert read_html(html(letter * most, MOST))[0] == letter * most
    words, _ = read_html(html(letter * most + "b", MOST))
    assert words.endswith("\u2026")
    assert MOST - 2 <= units(words) <= MOST


@given(st.lists(st.tuples(HOSTILE, st.booleans()), max_size=30), st.integers(1, 200))
def test_however_long_it_is_it_fits_and_can_be_read(pieces: list[tuple[str, bool]], most: int) -> None:
    markup = "".join(f"<b>{escape(text)}</b>" if bold else str(escape(text)) for text, bold in pieces)
    words, _ = read_html(html(markup, most))
    assert units(words) <= most
