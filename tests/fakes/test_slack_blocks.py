"""The stand-in Slack takes legal blocks and modals, refuses the others, and reads them as people do."""

from typing import Any

import pytest

from tests.fakes.slack import SlackFake
from tests.fakes.slack_bricks import (
    MOODS,
    RADIO,
    TYPING,
    actions,
    asks,
    button,
    line,
    modal,
    mrkdwn,
    plain,
    rich,
    section,
)
from tests.fakes.slack_rules import blocks_problems, view_problems

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


LEGAL = [
    [section(), {"type": "divider"}, {"type": "header", "text": plain("h" * 150)}],
    [{"type": "section", "fields": [mrkdwn("x")] * 10}, section(accessory=button())],
    [{"type": "context", "elements": [mrkdwn("x"), {"type": "image", "image_url": "https://x/y", "alt_text": "z"}]}],
    [actions(button(style="danger", confirm={"text": plain("Sure?")}), {"type": "overflow", "options": MOODS})],
    [actions({"type": "static_select", "options": MOODS, "initial_option": MOODS[0]})],
    [rich(line({"type": "text", "text": "a", "style": {"bold": True}}, {"type": "user", "user_id": "U1"}))],
    [rich({"type": "rich_text_list", "style": "bullet", "elements": [line({"type": "emoji", "name": "tada"})]})],
    [rich({"type": "rich_text_quote", "elements": [{"type": "link", "url": "https://x"}]})],
    [rich({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]})],
]
ILLEGAL: list[Any] = [
    {"type": "section", "text": mrkdwn("not a list")},
    ["text"],
    [{"type": "section"}],
    [{"type": "sectoin", "text": mrkdwn("x")}],
    [{"type": "divider", "colour": "red"}],
    [{"type": "header", "text": mrkdwn("x")}],
    [section("")],
    [section()] * 51,
    [section(block_id="x"), section(block_id="x")],
    [{"type": "section", "fields": [mrkdwn("x")] * 11}],
    [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}],
    [{"type": "context", "elements": [button()]}],
    [actions()],
    [actions(button(), button())],
    [actions(button(text=plain("x" * 76)))],
    [actions(button(value="x" * 2001))],
    [actions(button(style="blue"))],
    [actions({"type": "static_select", "options": MOODS, "initial_option": {"text": plain("So"), "value": "so"}})],
    [actions({"type": "overflow", "options": MOODS * 3})],
    [rich({"type": "text", "text": "bare"})],
    [rich(line(mrkdwn("x")))],
    [rich(line({"type": "text", "text": ""}))],
    [rich(line({"type": "user"}))],
    [rich(line({"type": "text", "text": "x", "style": {"big": True}}))],
    [rich({"type": "rich_text_list", "elements": [line()]})],
    [{"type": "image", "image_url": "https://x/y"}],
]
BAD_MODALS = [
    modal(title=plain("x" * 25)),
    modal(asks(TYPING), submit=None),
    modal(asks(TYPING), asks(TYPING)),
    modal(asks({**TYPING, "placeholder": plain("x" * 151)})),
    modal(asks(button())),
    modal(asks({**RADIO, "options": MOODS * 6})),
    modal(asks({"type": "datepicker", "action_id": "d", "initial_date": "2026-02-30"})),
    modal(asks({"type": "timepicker", "action_id": "t", "initial_time": "24:00"})),
    modal(*[section()] * 101),
    modal(private_metadata="x" * 3001),
    modal({"type": "markdown", "text": "x"}),
    {"type": "home", "blocks": []},
]


@pytest.mark.parametrize("blocks", LEGAL)
def test_legal_blocks_pass(blocks: Any) -> None:
    assert blocks_problems(blocks) == []


@pytest.mark.parametrize("blocks", ILLEGAL)
def test_illegal_blocks_do_not_pass(blocks: Any) -> None:
    assert blocks_problems(blocks)


@pytest.mark.parametrize("view", BAD_MODALS)
def test_illegal_modals_do_not_pass(view: Json) -> None:
    assert view_problems(view, "modal")


def test_a_reader_gets_plain_words(fake: SlackFake) -> None:
    runs = [
        {"type": "text", "text": "Thanks "},
        {"type": "user", "user_id": "U0ANA"},
        {"type": "link", "url": "https://x"},
    ]
    items = {"type": "rich_text_list", "style": "ordered", "elements": [line(runs[0]), line(runs[1])]}
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "<b>\nx"}]}
    blocks = [
        section("<@U0ANA> <!channel> <https://x|here> a &lt;b&gt;"),
        rich(line(*runs), items, quote),
        actions(button()),
    ]
    assert fake.text_of({"blocks": blocks}).split("\n") == [
        *("@U0ANA @channel here a <b>", "Thanks @U0ANAhttps://x", "1. Thanks ", "2. @U0ANA", "> <b>", "> x")
    ]
