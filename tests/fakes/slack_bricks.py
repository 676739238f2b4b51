"""What tests build Slack requests from: a client, a clock moved by hand, blocks and modals."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import SlackFake

Json = dict[str, Any]


class Hands:
    """A clock that a test moves by hand."""

    def __init__(self, at: float = 1_750_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def client(fake: SlackFake, token: str | None = "xoxb-fake", timeout: int = 30) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=fake.url + "/api/", timeout=timeout, retry_handlers=[])


async def refused(call: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error(call: Any) -> str:
    return str((await refused(call))["error"])


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, "value": "v", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "acts", "elements": list(elements)}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def line(*runs: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(runs)}


def asks(element: Json, name: str = "q", **more: Any) -> Json:
    return {"type": "input", "block_id": name, "label": plain(f"Question {name}"), "element": element, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **more}


TYPING = {"type": "plain_text_input", "action_id": "a", "multiline": True, "max_length": 300}
MOODS = [{"text": plain(it), "value": it.lower()} for it in ("Good", "Bad")]
RADIO = {"type": "radio_buttons", "action_id": "r", "options": MOODS}
