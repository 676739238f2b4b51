"""Delivery -> Slack Web API, every failure classified. People's text goes out in rich_text, where nothing is parsed."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.markup import Span, plain, spans
from bot.platform import Profile
from models.messages import Button, Delivery, Form, Message
from models.organization import LOCALES
from services.outbox import SendError

CALL_SECONDS = 5
MOST_CHARACTERS = 3900
"""chat.update refuses `text` over 4,000 characters; blocks over about 13,200 in sum are refused too."""
MOST_RICH_TEXT = 9000
MOST_ELEMENTS = 900
MOST_PAGES = 50
MOST_BUTTONS_IN_A_BLOCK, MOST_BUTTONS = 25, 100
METADATA = "loopkeeper_delivery"
TEMPORARY = {
    "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "ekm_access_denied",
}  # fmt: skip


class SlackOutbound:
    """One workspace by its bot token."""

    def __init__(self, token: str, api_url: str) -> None:
        # The SDK would retry a broken connection by itself, even for chat.postMessage: retries are the outbox's.
        self._client = AsyncWebClient(token=token, base_url=api_url, timeout=CALL_SECONDS, retry_handlers=[])
        self._chats: dict[str, str] = {}

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        message = Message.model_validate(delivery.message)
        if message.form is not None:
            return await self._open_form(delivery, message.form)
        if original is not None and original.external_id is not None:
            channel, ts = original.external_id.split(":")
            await self._call(self._client.chat_update(channel=channel, ts=ts, **_content(message)))
            return original.external_id
        arguments: dict[str, Any] = {
            "channel": await self._channel(delivery),
            "metadata": {"event_type": METADATA, "event_payload": {"id": delivery.id}},
            "unfurl_links": False,
            "unfurl_media": False,
            **_content(message),
        }
        if delivery.thread_of:
            arguments["thread_ts"] = delivery.thread_of.split(":")[1]
        posted = await self._call(self._client.chat_postMessage(**arguments))
        return f"{posted['channel']}:{posted['ts']}"

    async def find(self, delivery: Delivery) -> str | None:
        """Read the history back: the message carries the delivery's id in its metadata. An update is harmless twice."""
        if delivery.kind == "form":
            raise SendError("form_in_doubt", permanent=True)
        if delivery.kind == "edit":
            return None
        channel = await self._channel(delivery)
        for message in await self._posted_since(channel, delivery):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA and metadata["event_payload"].get("id") == delivery.id:
                return f"{channel}:{message['ts']}"
        return None

    async def _posted_since(self, channel: str, delivery: Delivery) -> list[dict[str, Any]]:
        """Everything in that place since the promise was made, however much was written there."""
        oldest = str((delivery.created_at - timedelta(minutes=1)).timestamp())
        window: dict[str, Any] = {"channel": channel, "oldest": oldest, "limit": "200", "include_all_metadata": "true"}
        messages: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            page = await self._call(self._page(delivery, window))
            messages += page.get("messages", [])
            window["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
            if not window["cursor"]:
                return messages
        raise SendError("history_too_long", ambiguous=True)

    def _page(self, delivery: Delivery, window: dict[str, Any]) -> Awaitable[AsyncSlackResponse]:
        if delivery.thread_of:
            thread = {**window, "ts": delivery.thread_of.split(":")[1]}
            return self._client.api_call("conversations.replies", data=thread)
        return self._client.api_call("conversations.history", data=window)

    async def profile(self, user_id: str, workspace: str) -> Profile:
        user = (
            await self._call(self._client.api_call("users.info", data={"user": user_id, "include_locale": "true"}))
        )["user"]
        locale = str(user.get("locale") or "")[:2]
        return Profile(user.get("real_name") or user.get("name"), user.get("tz"), locale if locale in LOCALES else None)

    async def check(self) -> dict[str, Any]:
        """auth.test: whose token this is. Raises SendError."""
        return await self._call(self._client.auth_test())

    async def close(self) -> None:
        """The client opens a session for each call and keeps none."""

    async def _channel(self, delivery: Delivery) -> str:
        if delivery.place_kind == "channel":
            return delivery.place_id
        if delivery.place_id not in self._chats:
            opened = await self._call(self._client.api_call("conversations.open", json={"users": delivery.place_id}))
            self._chats[delivery.place_id] = opened["channel"]["id"]
        return self._chats[delivery.place_id]

    async def _open_form(self, delivery: Delivery, form: Form) -> str | None:
        if delivery.ticket is None:
            raise SendError("no_ticket", permanent=True)
        opened = await self._call(self._client.views_open(trigger_id=delivery.ticket, view=_view(form)))
        return str(opened["view"]["id"])

    async def _call(self, request: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
        """Slack's reading methods take no JSON: they are sent as forms."""
        try:
            answer = await request
        except (SlackApiError, SlackRequestError, aiohttp.ClientError, TimeoutError) as error:
            raise _classified(error) from error
        return dict(answer.data) if isinstance(answer.data, dict) else {}


def _classified(error: Exception) -> SendError:
    """Only a connection that was never made is surely not sent; a cut or silent one may have arrived."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return SendError("not_connected")
    if not isinstance(error, SlackApiError):
        return SendError(type(error).__name__, ambiguous=True)
    answer = error.response
    status = getattr(answer, "status_code", 200)
    if status == 429:
        return SendError("ratelimited", retry_after=float(answer.headers.get("Retry-After", 1)))
    code = answer.get("error") if isinstance(answer.data, dict) else None
    if status >= 500 or code is None or code in TEMPORARY:
        return SendError(str(code or f"http_{status}"), ambiguous=True)
    return SendError(str(code), permanent=True)


def _content(message: Message) -> dict[str, Any]:
    """Blocks for reading, text for the notification: it is plain and escaped, so it can call nobody."""
    blocks: list[dict[str, Any]] = [_rich_text(message.markup)]
    buttons = [_button(position, button) for position, button in enumerate(message.buttons[:MOST_BUTTONS])]
    for start in range(0, len(buttons), MOST_BUTTONS_IN_A_BLOCK):
        blocks.append({"type": "actions", "elements": buttons[start : start + MOST_BUTTONS_IN_A_BLOCK]})
    return {"text": _notification(message.markup), "blocks": blocks}


def _notification(markup: str) -> str:
    """A beginning of what is said, that ends in no half entity."""
    text = plain(markup)
    while len(_escaped(text)) > MOST_CHARACTERS:
        text = text[: len(text) * MOST_CHARACTERS // len(_escaped(text))]
    return _escaped(text)


def _rich_text(markup: str) -> dict[str, Any]:
    elements = [_element(span) for span in _joined(_cut(spans(markup))) if span.text][:MOST_ELEMENTS]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _joined(pieces: list[Span]) -> list[Span]:
    """Neighbours of one style become one element: Slack takes a limited number of them."""
    joined: list[Span] = []
    for piece in pieces:
        if joined and replace(joined[-1], text="") == replace(piece, text="") and not piece.user_id:
            joined[-1] = replace(piece, text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def _element(span: Span) -> dict[str, Any]:
    if span.user_id:
        return {"type": "user", "user_id": span.user_id}
    kind = {"type": "link", "url": span.href, "text": span.text} if span.href else {"type": "text", "text": span.text}
    style = {name: True for name, on in (("bold", span.bold), ("italic", span.italic)) if on}
    return {**kind, "style": style} if style else kind


def _cut(whole: list[Span]) -> list[Span]:
    kept, room = [], MOST_RICH_TEXT
    for span in whole:
        if len(span.text) > room:
            kept.append(Span(span.text[: max(0, room - 1)] + "…", span.bold, span.italic, span.href, span.user_id))
            break
        kept.append(span)
        room -= len(span.text)
    return kept


def _button(position: int, button: Button) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "button",
        "action_id": f"loopkeeper_{position}",
        "text": {"type": "plain_text", "text": button.label[:75], "emoji": False},
        "value": button.action,
    }
    return {**element, "style": button.style} if button.style else element


def _view(form: Form) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": form.action,
        "title": _plain_text(form.title, 24),
        "submit": _plain_text(form.submit, 24),
        "close": _plain_text(form.close, 24),
        "blocks": [
            {
                "type": "input",
                "block_id": field.name,
                "optional": not field.required,
                "label": _plain_text(field.label, 2000),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "max_length": field.max_length,
                    **({"initial_value": field.value[: field.max_length]} if field.value else {}),
                },
            }
            for field in form.fields
        ],
    }


def _plain_text(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": text if len(text) <= most else text[: most - 1] + "…", "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
