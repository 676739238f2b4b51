"""People on the stand-in Slack: signed requests in, the stand-in Web API out."""

from typing import Any

from bot.app import App
from models.messages import Delivery
from tests.fakes.slack import SlackFake
from tests.fakes.slack_screen import buttons, text_of
from tests.fakes.slack_user import SlackUser, post_to_app

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PEOPLE = {
    "U0LILEI": ("Li Lei", "Asia/Shanghai", "zh-CN"),
    "U0ANA": ("Ana Ruiz", "America/Lima", "en-US"),
    "U0BOB": ("Bob Stone", "Asia/Shanghai", "en-US"),
    "U0GRACE": ("Grace Park", "Asia/Shanghai", "en-US"),
    "U0OLIVE": ("Olive Observer", "Asia/Shanghai", "en-US"),
    "U0HELEN": ("Helen HR", "Asia/Shanghai", "en-US"),
    "U0OTTO": ("Otto Other", "Asia/Shanghai", "en-US"),
    "U0CHARLIE": ("Charlie", "Europe/London", "en-US"),
}


class SlackStage:
    def __init__(self) -> None:
        self.fake = SlackFake()
        self.fake.__enter__()
        for user, (name, zone, locale) in PEOPLE.items():
            self.fake.add_user(user, name, zone, locale)
        for channel in ("C0PRODUCT", "C0ELSE"):
            self.fake.add_channel(channel, channel.lower(), [*PEOPLE, "U0BOTUSER"])
        self._app: App | None = None
        self._users: dict[str, SlackUser] = {}

    def settings(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": "xoxb-fake",
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{self.fake.url}/api/",
        }

    def enter(self, app: App) -> None:
        self._app = app
        post = post_to_app(app.web)
        self._users = {user: SlackUser(post, SECRET, self.fake, user) for user in PEOPLE}

    def close(self) -> None:
        self.fake.__exit__(None, None, None)
        assert self.fake.problems == [], self.fake.problems

    def user(self, user: str) -> SlackUser:
        return self._users[user]

    async def says(self, user: str, text: str) -> str:
        await self._users[user].says(text)
        return f"{self._users[user].last.payload['event']['channel']}:{self._users[user].last.ts}"

    async def says_in(self, channel: str, user: str, text: str, mention: bool, thread: str | None) -> str:
        await self._users[user].says_in(channel, text, mention, thread.split(":")[1] if thread else None)
        return f"{channel}:{self._users[user].last.ts}"

    async def edits(self, user: str, message_id: str, text: str) -> None:
        channel, ts = message_id.split(":")
        await self._users[user].edits(ts, text, channel)

    async def presses(self, user: str, label: str, channel: str | None) -> None:
        for message in reversed(self.fake.messages(channel or user)):
            if label in [each[0] for each in buttons(message)]:
                await self._users[user].presses(message, label)
                return
        raise AssertionError(f"there is no button {label!r}: {await self.labels(channel or user)}")

    async def submits(self, user: str, answers: list[str]) -> None:
        view = self.fake.views[-1]
        blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
        await self._users[user].submits(view, dict(zip(blocks, answers, strict=True)))

    async def texts(self, place: str) -> list[str]:
        """What is said, in threads too; without the line under which a day's summaries hang, and without pictures."""
        return [_words(message) for message in self._said(place)]

    async def files(self, user: str) -> list[tuple[str, bytes]]:
        """Shown in this person's chat with the bot."""
        chat = self.fake.place(user).id
        return [(name, content) for channel, name, content in self.fake.shared if channel == chat]

    async def ids(self, place: str) -> list[str]:
        """Where somebody who answers to it answers: in its thread."""
        return [f"{place}:{message['thread_ts'] or message['ts']}" for message in self._said(place)]

    def day_lines(self, place: str) -> list[str]:
        return [text_of(message) for message in self.fake.messages(place) if self._is_day_line(message)]

    def _said(self, place: str) -> list[dict[str, Any]]:
        return [message for message in self.fake.messages(place) if not self._is_day_line(message)]

    def _is_day_line(self, message: dict[str, Any]) -> bool:
        promised = ((message["metadata"] or {}).get("event_payload") or {}).get("id")
        assert self._app is not None
        with self._app.database.reading() as session:
            delivery = session.get(Delivery, promised) if promised else None
            return delivery is not None and delivery.dedupe_key.startswith("day:")

    async def labels(self, place: str) -> list[str]:
        return [label for message in self.fake.messages(place) for label, _, _ in buttons(message)]

    def api_calls(self) -> list[tuple[str, dict[str, Any]]]:
        return [(call.method, call.args) for call in self.fake.calls]


def _words(message: dict[str, Any]) -> str:
    return text_of({**message, "blocks": [block for block in message["blocks"] if block["type"] != "image"]})
