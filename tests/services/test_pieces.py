"""A message longer than its platform takes arrives whole, in several, and nothing in it changes its style."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from models.messages import Button, Message, Picture
from services.limits import CAPTION, LONGEST_MESSAGE
from services.markup import plain, spans, written
from services.pieces import pieces

PLATFORMS = sorted(LONGEST_MESSAGE)
PICTURE = Picture(png="aGk=", alt="a trend")


def size(platform: str, message: Message) -> int:
    return LONGEST_MESSAGE[platform][1](plain(message.markup))


def without_space(markup: str) -> str:
    return re.sub(r"\s", "", plain(markup))


@pytest.mark.parametrize("platform", PLATFORMS)
@given(st.lists(st.text(max_size=3000), max_size=8), st.booleans())
def test_every_piece_fits_and_no_word_is_lost(platform: str, paragraphs: list[str], bold: bool) -> None:
    text = "\n".join(f"<b>{escape(one)}</b>" if bold else str(escape(one)) for one in paragraphs)
    parts = pieces(Message(markup=text), platform)
    assert all(size(platform, part) <= LONGEST_MESSAGE[platform][0] for part in parts)
    assert "".join(without_space(part.markup) for part in parts) == without_space(text)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_message_that_fits_stays_as_it_is(platform: str) -> None:
    message = Message(markup="<b>hello</b>\nworld", buttons=(Button(label="ok", action="v1:x:1"),))
    assert pieces(message, platform) == [message]


def test_it_is_cut_between_lines_and_the_style_goes_on() -> None:
    line = "x" * 99 + "\n"
    first, second = pieces(Message(markup=f"<b>{line * 50}</b>"), "telegram")
    assert (len(plain(first.markup).splitlines()), len(plain(second.markup).splitlines())) == (40, 10)
    assert all(span.bold for span in spans(second.markup) if span.text.strip())


def test_a_message_of_one_byte_too_many_ends_inside_no_character() -> None:
    chinese = "\u6539" * 700
    parts = pieces(Message(markup=chinese), "wecom")
    assert [plain(part.markup) for part in parts] == ["\u6539" * 633, "\u6539" * 67]


def test_the_buttons_stand_under_the_last_piece_and_the_picture_over_the_first() -> None:
    message = Message(markup="y" * 5000, buttons=(Button(label="ok", action="v1:x:1"),), picture=PICTURE)
    first, *middle, last = pieces(message, "telegram")
    assert (first.picture, last.picture, first.buttons, last.buttons) == (PICTURE, None, (), message.buttons)
    assert size("telegram", first) <= CAPTION["telegram"]
    assert len(middle) == 0


def test_where_a_picture_takes_no_text_it_goes_before_it() -> None:
    picture, words = pieces(Message(markup="hello", picture=PICTURE), "wecom")
    assert (picture.markup, picture.picture, words.markup, words.picture) == ("", PICTURE, "hello", None)


@given(st.text(), st.sampled_from(["b", "i", 'a href="https://e.org/?a=1&amp;b"', 'at id="U1"']))
def test_markup_read_and_written_again_says_the_same(text: str, tag: str) -> None:
    markup = f"<{tag}>{escape(text)}</{tag.split()[0]}>"
    assert spans(written(spans(markup))) == spans(markup)
