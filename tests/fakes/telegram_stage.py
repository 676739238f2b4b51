"""People on the stand-in Telegram: webhooks with the secret in, the stand-in Bot API out.

A world names people and channels as Slack does; here they bear numbers.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from starlette.applications import Starlette

from bot.app import App
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_people import SECRET_HEADER, labels, text_of
from tests.fakes.telegram_state import Json

SECRET = "stage_webhook-secret"
PEOPLE = {
    "U0LILEI": (5001001, "Li Lei"),
    "U0ANA": (5001002, "Ana Ruiz"),
    "U0BOB": (5001003, "Bob Stone"),
    "U0GRACE": (5001004, "Grace Park"),
    "U0OLIVE": (5001005, "Olive Observer"),
    "U0HELEN": (5001006, "Helen HR"),
    "U0OTTO": (5001007, "Otto Other"),
    "U0CHARLIE": (5001008, "Charlie"),
}
CHANNELS = {"C0PRODUCT": -1001700000001, "C0ELSE": -1001700000002}
NUMBERS = {**{name: number for name, (number, _) in PEOPLE.items()}, **CHANNELS}


def with_numbers(programme_text: str) -> str:
    """Give every account and channel of a programme text its number on Telegram too."""

    def add(found: re.Match[str]) -> str:
        return f'{found[0]}, telegram: "{NUMBERS[found[1]]}"'

    return re.sub(r"playground: ([UC]0[A-Z]+)", add, programme_text)


class TelegramStage:
    """Everybody has pressed Start."""

    def __init__(self) -> None:
        self.fake = TelegramFake()
        self.fake.me.username = "Loopkeeper"
        self.fake.__enter__()
        for number, name in PEOPLE.values():
            self.fake.add_person(number, name)
        for name, number in CHANNELS.items():
            self.fake.add_group(number, name)
        self._post: Callable[[Json], Awaitable[httpx.Response]] | None = None

    def settings(self) -> dict[str, str]:
        return {
            "TELEGRAM_BOT_TOKEN": self.fake.token,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "TELEGRAM_API_URL": self.fake.url,
        }

    def enter(self, app: App) -> None:
        self._post = post_to_app(app.web)
        self.fake.clock = lambda: app.clock.now().timestamp()

    def close(self) -> None:
        self.fake.__exit__(None, None, None)
        assert self.fake.problems == [], self.fake.problems
        assert self.fake.floods == 0, "Telegram was sent more than it takes"

    def account(self, name: str) -> str:
        return str(NUMBERS[name])

    async def happens(self, update: Json) -> None:
        """Telegram tells the bot."""
        assert self._post is not None
        answer = await self._post(update)
        assert answer.status_code == 200, answer.text

    async def says(self, user: str, text: str) -> str:
        update = self.fake.says(NUMBERS[user], text)
        await self.happens(update)
        return _id(update["message"])

    async def says_in(self, channel: str, user: str, text: str, mention: bool, thread: str | None) -> str:
        written, mentions = self._with_mentions(f"@{self.fake.me.username} {text}" if mention else text)
        reply_to = int(thread.rsplit(":", 1)[1]) if thread else None
        update = self.fake.says(NUMBERS[user], written, NUMBERS[channel], reply_to, mentions=mentions)
        await self.happens(update)
        return _id(update["message"])

    def _with_mentions(self, text: str) -> tuple[str, dict[str, int]]:
        """`<@U0BOB>`, as a world writes a mention, is a name chosen from the list of members here."""
        mentions = {}
        for user, (number, name) in PEOPLE.items():
            if f"<@{user}>" in text:
                text, mentions[name] = text.replace(f"<@{user}>", name), number
        return text, mentions

    async def edits(self, user: str, message_id: str, text: str) -> None:
        chat, number = message_id.rsplit(":", 1)
        await self.happens(self.fake.edits(NUMBERS[user], int(chat), int(number), text))

    async def presses(self, user: str, label: str, channel: str | None) -> None:
        chat = NUMBERS[channel or user]
        for message in reversed(self.fake.messages(chat)):
            if label in labels(message):
                await self._pressed(self.fake.presses(NUMBERS[user], chat, message, label))
                return
        raise AssertionError(f"there is no button {label!r}: {await self.labels(channel or user)}")

    async def forges(self, user: str, action: str, place: str) -> None:
        message = self.fake.messages(NUMBERS[place])[0]
        update = self.fake.presses_action(NUMBERS[user], NUMBERS[place], message["message_id"], action)
        await self._pressed(update)

    async def _pressed(self, update: Json) -> None:
        """The button spins until the press is answered; an API that is down answers none."""
        await self.happens(update)
        for _ in range(100):
            if self.fake.queries[update["callback_query"]["id"]] or self.fake.faults:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the button spins for ever")

    async def submits(self, user: str, answers: list[str]) -> None:
        """There are no forms: one question after the other is answered by typing."""
        for answer in answers:
            await self.says(user, answer)

    async def texts(self, place: str) -> list[str]:
        read = [message for message in self.fake.messages(NUMBERS[place]) if "document" not in message]
        return [text_of(message).replace("\u2060", "") for message in read]

    async def files(self, user: str) -> list[tuple[str, bytes]]:
        return [(name, content) for chat, name, content in self.fake.documents if chat == NUMBERS[user]]

    async def ids(self, place: str) -> list[str]:
        return [_id(message) for message in self.fake.messages(NUMBERS[place])]

    async def labels(self, place: str) -> list[str]:
        return [label for message in self.fake.messages(NUMBERS[place]) for label in labels(message)]

    def api_calls(self) -> list[tuple[str, dict[str, Any]]]:
        return [(call.method, call.args) for call in self.fake.calls]


def post_to_app(web: Starlette, secret: str = SECRET) -> Callable[[Json], Awaitable[httpx.Response]]:
    """Telegram's webhook request, straight into the app."""

    async def post(update: Json) -> httpx.Response:
        transport = httpx.ASGITransport(app=web)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            headers = {SECRET_HEADER: secret, "Content-Type": "application/json"}
            return await client.post("/telegram/webhook", content=json.dumps(update), headers=headers)

    return post


def _id(message: Json) -> str:
    return f"{message['chat']['id']}:{message['message_id']}"
