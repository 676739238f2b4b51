"""Delivery -> Slack Web API, every failure classified. What it looks like is said in blocks.py."""

import base64
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.platform import Profile
from bot.slack import blocks
from models.messages import Attachment, Delivery, Form, Message, Picture
from models.organization import LOCALES
from services.outbox import SendError

CALL_SECONDS = 5
MOST_PAGES = 50
MOST_ALT = 1000
"""Slack: alt_txt of a file."""
FILE_NAME = "trend.png"
FILE_PAUSE_SECONDS, MOST_TRIES_WITH_A_PICTURE = 2, 5
"""A file just uploaded may be refused in a block (invalid_blocks) until Slack has looked at it."""
METADATA = "loopkeeper_delivery"
TEMPORARY = {
    "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "ekm_access_denied",
}  # fmt: skip
MENDABLE = {"invalid_auth", "token_revoked", "account_inactive", "not_authed", "messages_tab_disabled"}
"""What the operator mends in Slack's console: the messages wait for it."""
MENDABLE_AFTER = 300
LOST = {
    **dict.fromkeys(("channel_not_found", "is_archived", "channel_is_archived", "not_in_channel"), "gone"),
    **dict.fromkeys(("user_not_found", "user_not_visible", "restricted_action"), "out_of_scope"),
    "user_disabled": "deactivated",
}
"""What the refusal says about the person or the channel, for every later message."""


class SlackOutbound:
    """One workspace by its bot token."""

    def __init__(self, token: str, api_url: str) -> None:
        # The SDK would retry a broken connection by itself, even for chat.postMessage: retries are the outbox's.
        self._client = AsyncWebClient(token=token, base_url=api_url, timeout=CALL_SECONDS, retry_handlers=[])
        self._chats: dict[str, str] = {}
        self._files: dict[int, str] = {}

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        message = Message.model_validate(delivery.message)
        if message.form is not None:
            return await self._show_form(delivery, message.form, original)
        if delivery.place_kind == "home":
            return await self._publish_home(delivery, message)
        if original is not None and original.external_id is not None:
            channel, ts = original.external_id.split(":")
            await self._call(self._client.chat_update(channel=channel, ts=ts, **blocks.content(message)))
            return original.external_id
        posted = await self._post(delivery, message)
        return f"{posted['channel']}:{posted['ts']}"

    async def _post(self, delivery: Delivery, message: Message) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "channel": await self._channel(delivery),
            "metadata": {"event_type": METADATA, "event_payload": {"id": delivery.id}},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if delivery.thread_of:
            arguments["thread_ts"] = delivery.thread_of.split(":")[1]
        if message.attachment is not None and delivery.id not in self._files:
            self._files[delivery.id] = await self._share(message.attachment, arguments["channel"])
        picture = await self._uploaded(delivery, message.picture) if message.picture else None
        try:
            shown = blocks.content(message, picture)
            posted = await self._call(self._client.chat_postMessage(**arguments, **shown))
        except SendError as error:
            if picture is None or error.code != "invalid_blocks":
                raise
            if delivery.attempts < MOST_TRIES_WITH_A_PICTURE:
                raise SendError("file_not_ready", retry_after=FILE_PAUSE_SECONDS) from error
            posted = await self._call(self._client.chat_postMessage(**arguments, **blocks.content(message)))
        self._files.pop(delivery.id, None)
        return posted

    async def _uploaded(self, delivery: Delivery, picture: Picture) -> str | None:
        """The file's id; uploaded once however often its message is tried. None: this app may upload nothing."""
        try:
            if delivery.id not in self._files:
                self._files[delivery.id] = await self._upload(picture)
        except SendError as error:
            if error.permanent:
                return None
            # Nothing of the message itself was sent yet, so nothing of it is in doubt.
            raise SendError(error.code, retry_after=error.retry_after) from error
        return self._files[delivery.id]

    async def _upload(self, picture: Picture) -> str:
        """Three calls: where to, the bytes, done. Without a channel the file is shown by our message alone."""
        png = base64.b64decode(picture.png)
        alt = picture.alt[:MOST_ALT]
        return await self._put_file(FILE_NAME, png, alt_txt=alt)

    async def _share(self, attachment: Attachment, channel: str) -> str:
        """Slack shows a file as a message of its own, above ours, of which nothing is sent yet or in doubt."""
        try:
            return await self._put_file(attachment.name, base64.b64decode(attachment.content), channel)
        except SendError as error:
            error.ambiguous = False
            raise

    async def _put_file(self, name: str, content: bytes, channel: str | None = None, **more: Any) -> str:
        place = await self._call(self._client.files_getUploadURLExternal(filename=name, length=len(content), **more))
        await self._put(place["upload_url"], content)
        file: str = place["file_id"]
        done: list[dict[str, str | None]] = [{"id": file, "title": name}]
        await self._call(self._client.files_completeUploadExternal(files=done, channel_id=channel))
        return file

    async def _put(self, url: str, png: bytes) -> None:
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=png, proxy=self._client.proxy) as answer,
            ):
                if answer.status != 200:
                    raise SendError(f"upload_{answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SendError(type(error).__name__) from error

    async def _publish_home(self, delivery: Delivery, message: Message) -> str:
        """The whole page anew: what stood there is of no interest, so no hash is sent."""
        view = blocks.home(message)
        published = await self._call(self._client.views_publish(user_id=delivery.place_id, view=view))
        return str(published["view"]["id"])

    async def find(self, delivery: Delivery) -> str | None:
        """Read the history back: the message carries the delivery's id in its metadata.

        An update or a home page is harmless twice.
        """
        if delivery.kind == "form":
            raise SendError("form_in_doubt", permanent=True)
        if delivery.kind == "edit" or delivery.place_kind == "home":
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

    async def close(self) -> None:
        """The client opens a session for each call and keeps none."""

    async def _channel(self, delivery: Delivery) -> str:
        if delivery.place_kind == "channel":
            return delivery.place_id
        if delivery.place_id not in self._chats:
            opened = await self._call(self._client.api_call("conversations.open", json={"users": delivery.place_id}))
            self._chats[delivery.place_id] = opened["channel"]["id"]
        return self._chats[delivery.place_id]

    async def _show_form(self, delivery: Delivery, form: Form, original: Delivery | None) -> str | None:
        """The id of a form is "view|hash". One changed or closed since is left alone: Slack refuses, for good."""
        view = blocks.modal(form)
        if original is not None and original.external_id is not None:
            view_id, _, known = original.external_id.partition("|")
            shown = await self._call(self._client.views_update(view_id=view_id, hash=known or None, view=view))
        elif delivery.ticket is None:
            raise SendError("no_ticket", permanent=True)
        else:
            shown = await self._call(self._client.views_open(trigger_id=delivery.ticket, view=view))
        return f"{shown['view']['id']}|{shown['view']['hash']}"

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
    if code in MENDABLE:
        return SendError(code, retry_after=MENDABLE_AFTER)
    return SendError(str(code), permanent=True, lost=LOST.get(code, ""))
