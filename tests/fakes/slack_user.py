"""A person at the stand-in Slack: what he sees, and what Slack signs and sends to the bot when he does something."""

from __future__ import annotations

import copy
import hashlib
import hmac
import html
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
from httpx import Response

from tests.fakes import slack_rules as rules
from tests.fakes.slack_screen import controls

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from tests.fakes.slack import SlackFake

Json = dict[str, Any]
Post = Callable[[Mapping[str, str], bytes], Awaitable[Response]]

# --- what a person does


def post_to(url: str) -> Post:
    """Deliveries over HTTP to a running bot."""
    return _poster(lambda: httpx.AsyncHTTPTransport(verify=False), url)


def post_to_app(app: ASGIApp, path: str = "/slack/events") -> Post:
    """Deliveries straight into an ASGI application; what it raises is a 500, as it would be on a server."""
    return _poster(lambda: httpx.ASGITransport(app, raise_app_exceptions=False), f"http://bot{path}")


def _poster(transport: Callable[[], httpx.AsyncBaseTransport], url: str) -> Post:
    async def post(headers: Mapping[str, str], body: bytes) -> Response:
        async with httpx.AsyncClient(transport=transport(), timeout=30) as client:
            return await client.post(url, content=body, headers=dict(headers))

    return post


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """docs.slack.dev/authentication/verifying-requests-from-slack"""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


@dataclass
class Sent:
    """One delivery to the bot: `ts` is the message's, `payload` what was in the body before it was encoded."""

    body: bytes
    content_type: str
    payload: Json
    ts: str
    response: Response


class SlackUser:
    """One person; every deed returns the bot's HTTP answer and is kept in `sent`, the newest in `last`."""

    def __init__(
        self,
        post: Post,
        signing_secret: str,
        fake: SlackFake,
        user_id: str,
        bot_user: str = "U0BOTUSER",
        team: str = "T0CHKIN01",
        now: Callable[[], float] | None = None,
    ) -> None:
        self.post, self.signing_secret, self.fake, self.user_id = post, signing_secret, fake, user_id
        self.bot_user, self.team, self.now = bot_user, team, now or fake.clock
        self.dm = fake.place(user_id).id
        self.sent: list[Sent] = []

    @property
    def last(self) -> Sent:
        return self.sent[-1]

    # --- raw

    def sign(self, body: bytes, timestamp: str | float | None = None) -> dict[str, str]:
        stamp = timestamp if isinstance(timestamp, str) else str(int(self.now() if timestamp is None else timestamp))
        headers = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "X-Slack-Request-Timestamp": stamp}
        return headers | {"X-Slack-Signature": signature(self.signing_secret, stamp, body)}

    async def post_raw(self, headers: Mapping[str, str], body: bytes) -> Response:
        return await self.post(headers, body)

    async def resend(self, last: Sent | None = None, retry_num: int = 1, reason: str = "http_timeout") -> Response:
        """The same delivery again, as Slack does up to 3 times when it got no 200 within 3 seconds."""
        sent = last or self.last
        retry = {"X-Slack-Retry-Num": str(retry_num), "X-Slack-Retry-Reason": reason}
        return await self._deliver(sent.body, sent.content_type, sent.payload, sent.ts, retry)

    async def _deliver(
        self, body: bytes, content_type: str, payload: Json, ts: str = "", more: Mapping[str, str] | None = None
    ) -> Response:
        headers = {"Content-Type": content_type, **self.sign(body), **(more or {})}
        response = await self.post(headers, body)
        self.sent.append(Sent(body, content_type, payload, ts, response))
        return response

    # --- events

    async def says(self, text: str, thread_ts: str | None = None) -> Response:
        """Types in his DM with the bot."""
        return await self._message(self.dm, text, thread_ts, [("message", "im")])

    async def says_in(self, channel: str, text: str, mention: bool = True, thread_ts: str | None = None) -> Response:
        """Types in a channel; with a mention Slack sends the one post as two events."""
        kind = "group" if self.fake.place(channel).private else "channel"
        words, events = (f"@{self.bot_user} {text}", ["app_mention", "message"]) if mention else (text, ["message"])
        return await self._message(channel, words, thread_ts, [(it, kind) for it in events])

    async def edits(self, ts: str, new_text: str, channel: str | None = None) -> Response:
        place = self.fake.place(channel or self.user_id)
        before, fresh = copy.deepcopy(place.posts[ts]), self.fake.next_ts()
        edited = {"edited": {"user": self.user_id, "ts": fresh}, "source_team": self.team, "user_team": self.team}
        place.posts[ts].update(self._written(new_text), **edited)
        return await self._hidden("message_changed", place.id, fresh, before, message=place.posts[ts])

    async def deletes(self, ts: str, channel: str | None = None) -> Response:
        place = self.fake.place(channel or self.user_id)
        before = place.posts.pop(ts)
        return await self._hidden("message_deleted", place.id, self.fake.next_ts(), before, deleted_ts=ts)

    async def opens_home(self, tab: str = "home") -> Response:
        event: Json = {"type": "app_home_opened", "user": self.user_id, "channel": self.dm, "tab": tab}
        shown = self.fake.homes.get(self.user_id)  # Slack leaves the view out until the first views.publish
        event |= {"view": shown} if shown and tab == "home" else {}
        return await self._event(event | {"event_ts": self.fake.next_ts()})

    async def _message(self, channel: str, text: str, thread_ts: str | None, events: list[tuple[str, str]]) -> Response:
        place, ts = self.fake.place(channel), self.fake.next_ts()
        post: Json = {"user": self.user_id, "type": "message", "ts": ts, "client_msg_id": self.fake.serial("msg-")}
        post |= {"team": self.team, **self._written(text)}
        if thread_ts:
            parent = place.posts.get(thread_ts, {"user": self.bot_user})
            post |= {"thread_ts": thread_ts, "parent_user_id": parent["user"]}
        place.opened = True
        place.posts[ts] = post
        for kind, channel_type in events:
            where = {"type": kind, "channel": place.id, "event_ts": ts}
            response = await self._event(post | where | ({"channel_type": channel_type} if kind == "message" else {}))
        return response

    async def _hidden(self, subtype: str, channel: str, ts: str, before: Json, **more: Any) -> Response:
        kind = "im" if channel.startswith("D") else "group" if self.fake.place(channel).private else "channel"
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel, "channel_type": kind}
        return await self._event({**event, **more, "previous_message": before, "ts": ts, "event_ts": ts})

    async def _event(self, event: Json) -> Response:
        seen_by: Json = {"enterprise_id": None, "team_id": self.team, "user_id": self.bot_user, "is_bot": True}
        payload: Json = {"token": "legacy-verification-token", "team_id": self.team, "context_team_id": self.team}
        payload |= {"context_enterprise_id": None, "api_app_id": self.fake.app_id, "event": copy.deepcopy(event)}
        payload |= {"type": "event_callback", "event_id": self.fake.serial("Ev"), "event_time": int(self.now())}
        payload |= {"authorizations": [seen_by | {"is_enterprise_install": False}], "is_ext_shared_channel": False}
        body = json.dumps(payload | {"event_context": "4-eyJldCI6Im1lc3NhZ2UifQ"}, ensure_ascii=False).encode()
        return await self._deliver(body, "application/json", payload, event.get("ts", ""))

    def _written(self, text: str) -> Json:
        """Text as Slack passes it on: & < > escaped, and only @ID, #ID (of people and channels known here) and URLs
        made live, as Slack's client does while one types; a typed "<@ID>" stays dead."""
        runs = [self._typed(it) for it in re.split(r"((?<!<)[@#][A-Z0-9]+\b|https?://[^\s<>]+)", text) if it]
        section = {"type": "rich_text_section", "elements": [run for _, run in runs]}
        block = {"type": "rich_text", "block_id": self.fake.serial("rt"), "elements": [section]}
        return {"text": "".join(words for words, _ in runs), "blocks": [block]}

    def _typed(self, words: str) -> tuple[str, Json]:
        if words.startswith("@") and words[1:] in self.fake.people:
            return f"<{words}>", {"type": "user", "user_id": words[1:]}
        if words.startswith("#") and words[1:] in self.fake.channels:
            name = self.fake.channels[words[1:]].name
            return f"<{words}|{name}>", {"type": "channel", "channel_id": words[1:]}
        if words.startswith(("http://", "https://")):
            return f"<{html.escape(words, quote=False)}>", {"type": "link", "url": words}
        return html.escape(words, quote=False), {"type": "text", "text": words}

    # --- interactions

    async def presses(self, surface: Json, label_or_action_id: str, value: str | None = None) -> Response:
        """Presses a button of a message or view (or picks `value` in a select); the surface may be out of date."""
        fits = [it for it in controls(surface) if label_or_action_id in (it[1].get("action_id"), _label(it[1]))]
        if not fits:
            raise LookupError(f"no {label_or_action_id!r} among {[_label(it) for _, it in controls(surface)]}")
        block, element = fits[0]
        action = {name: it for name, it in element.items() if name in ("type", "action_id", "text", "value", "style")}
        action |= {} if element["type"] == "button" else _answer(element, value)
        action |= {"block_id": block["block_id"], "action_ts": self.fake.next_ts()}
        where = self._in_view(surface) if "hash" in surface else self._in_message(surface)
        return await self._interact({"type": "block_actions", **where, "actions": [action]})

    async def submits(self, view: Json, values: Mapping[str, Any]) -> Response:
        """Fills in a modal, naming each input by block_id, action_id or label, and sends it. What Slack's client
        would not let him send is a ValueError; the bot's answer changes the modal as Slack would."""
        missing = set(values) - {name for block, it in _inputs(view) for name in _names(block, it)}
        if missing:
            raise ValueError(f"no such input in the modal: {sorted(missing)}")
        state: Json = {}
        for block, element in _inputs(view):
            given = next((values[name] for name in _names(block, element) if name in values), None)
            state.setdefault(block["block_id"], {})[element["action_id"]] = _filled(block, element, given)
        shown = {**view, "state": {"values": state}}
        response = await self._interact({"type": "view_submission", "view": shown, "response_urls": []})
        if response.status_code == 200:
            self._obey(view, response.json() if response.content.strip() else {})
        return response

    async def closes(self, view: Json, values: Mapping[str, Any] | None = None) -> Response:
        """Closes a modal, with this typed in it; the bot hears of it only if it asked to."""
        if not view["notify_on_close"]:
            raise ValueError("Slack tells nobody: this view has no notify_on_close")
        self.fake.closed.add(view["id"])
        shown = {**view, "state": {"values": _state(view, values)}} if values else view
        return await self._interact({"type": "view_closed", "view": shown, "is_cleared": False}, trigger=False)

    async def uses_shortcut(self, callback_id: str, channel: str, ts: str) -> Response:
        """Chooses one of the app's shortcuts in the menu of a message."""
        place = self.fake.place(channel)
        about = {"channel": {"id": place.id, "name": place.name}, "message": place.posts[ts], "message_ts": ts}
        about |= {"action_ts": self.fake.next_ts(), "response_url": self._response_url("app")}
        return await self._interact({"type": "message_action", "callback_id": callback_id, **about})

    async def reacts(self, channel: str, ts: str, emoji: str) -> Response:
        place = self.fake.place(channel)
        item = {"type": "message", "channel": place.id, "ts": ts}
        event = {"type": "reaction_added", "user": self.user_id, "reaction": emoji, "item": item}
        event |= {"item_user": place.posts[ts]["user"], "event_ts": self.fake.next_ts()}
        return await self._event(event)

    async def slash(self, text: str, channel: str | None = None, command: str = "/loop") -> Response:
        place, people = self.fake.place(channel or self.user_id), self.fake.people
        words = "".join(it for it, _ in map(self._typed, filter(None, re.split(r"((?<!<)[@#][A-Z0-9]+\b)", text))))
        words = re.sub(r"<@(\w+)>", lambda it: f"<@{it[1]}|{it[1].lower()}>" if it[1] in people else it[0], words)
        form = {"token": "legacy-verification-token", "team_id": self.team, "team_domain": "acme"}
        form |= {"channel_id": place.id, "channel_name": place.name, "user_id": self.user_id, "command": command}
        form |= {"user_name": self.user_id.lower(), "text": words, "api_app_id": self.fake.app_id}
        form |= {"is_enterprise_install": "false", "response_url": self._response_url("commands")}
        form |= {"trigger_id": self.fake.trigger()}
        return await self._deliver(urlencode(form).encode(), "application/x-www-form-urlencoded", form)

    async def _interact(self, more: Json, trigger: bool = True) -> Response:
        user = {
            "id": self.user_id,
            "username": self.user_id.lower(),
            "name": self.user_id.lower(),
            "team_id": self.team,
        }
        payload: Json = {"user": user, "api_app_id": self.fake.app_id, "token": "legacy-verification-token"}
        payload |= {"team": {"id": self.team, "domain": "acme"}, "enterprise": None, "is_enterprise_install": False}
        payload |= ({"trigger_id": self.fake.trigger()} if trigger else {}) | copy.deepcopy(more)
        body = urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode()
        return await self._deliver(body, "application/x-www-form-urlencoded", payload)

    def _in_message(self, message: Json) -> Json:
        place = self.fake.place(message["channel"])
        container = {"type": "message", "message_ts": message["ts"], "channel_id": place.id}
        shown = {name: it for name, it in message.items() if name != "channel" and it is not None}
        where = {"container": container | {"is_ephemeral": "to" in message}, "message": shown, "state": {"values": {}}}
        url = self._response_url("actions")
        return where | {"channel": {"id": place.id, "name": place.name}, "response_url": url}

    def _in_view(self, view: Json) -> Json:
        return {"container": {"type": "view", "view_id": view["id"]}, "view": view, "state": view["state"]}

    def _response_url(self, kind: str) -> str:
        return f"{getattr(self.fake, 'url', 'http://127.0.0.1:9')}/{kind}/{self.team}/{self.fake.serial('')}"

    def _obey(self, view: Json, answer: Json) -> None:
        """Slack's reading of a response_action: errors, update, push, clear, or nothing, which closes the modal."""
        action = answer.get("response_action")
        if action == "errors":
            asked = [block["block_id"] for block, _ in _inputs(view)]
            wrong = [f"errors for what is no input: {it}" for it in answer.get("errors") or ["-"] if it not in asked]
            self.fake.problems += [f"view_submission: {it}" for it in wrong]
        elif action in ("update", "push"):
            wrong = rules.view_problems(answer.get("view"), "modal")
            self.fake.problems += [f"view_submission: {action}: {it}" for it in wrong]
            if not wrong:
                self._put(view, answer["view"], action)
        else:
            self.fake.closed.add(view["id"])
            if answer and action != "clear":
                self.fake.problems.append(f"view_submission: unknown response_action {action}")

    def _put(self, view: Json, body: Json, action: str) -> None:
        open_now = next(it for it in self.fake.views if it["id"] == view["id"])
        if action == "push":
            open_now = {"id": self.fake.serial("V")}
            self.fake.views.append(open_now)
        self.fake.show(open_now, body)


def _label(element: Json) -> str | None:
    return element["text"]["text"] if "text" in element else None


def _inputs(view: Json) -> list[tuple[Json, Json]]:
    return [(block, it) for block, it in controls(view) if block["type"] == "input"]


def _names(block: Json, element: Json) -> tuple[str, str, str]:
    return block["block_id"], element["action_id"], block["label"]["text"]


def _state(view: Json, values: Mapping[str, Any]) -> Json:
    """As it stands before it is sent: what is required may still be missing."""
    return {
        block["block_id"]: {element["action_id"]: _answer(element, values.get(block["block_id"]))}
        for block, element in _inputs(view)
    }


def _filled(block: Json, element: Json, given: Any) -> Json:
    """One input's state, checked as Slack's client checks before it lets anyone submit."""
    initial = next((it for name, it in element.items() if name.startswith("initial_")), None)
    value = initial if given is None else given
    if value in (None, "", []) and not block.get("optional"):
        raise ValueError(f"Slack would not send the modal: {block['label']['text']!r} is required")
    length = len(value) if isinstance(value, str) and element["type"] == "plain_text_input" else None
    if length and not element.get("min_length", 0) <= length <= element.get("max_length", 3000):
        raise ValueError(f"Slack would not send the modal: {block['label']['text']!r} has a wrong length")
    return _answer(element, value)


def _answer(element: Json, value: Any) -> Json:
    """The state of an element as Slack writes it; choices may be named by value or label."""
    kind = element["type"]
    singular = {"datepicker": "selected_date", "timepicker": "selected_time", "datetimepicker": "selected_date_time"}
    singular |= {"users_select": "selected_user", "channels_select": "selected_channel"}
    if kind in ("static_select", "radio_buttons", "overflow"):
        return {"type": kind, "selected_option": _option(element, value) if value else None}
    if kind in ("multi_static_select", "checkboxes"):
        return {"type": kind, "selected_options": [_option(element, it) for it in value or []]}
    if kind == "multi_users_select":
        return {"type": kind, "selected_users": list(value or [])}
    return {"type": kind, singular.get(kind, "value"): value or None}


def _option(element: Json, value: Any) -> Json:
    groups = element.get("option_groups") or [element]
    offered: list[Json] = [it for group in groups for it in group["options"]]
    return next(it for it in offered if it == value or value in (it["value"], it["text"]["text"]))
