"""What tests of Slack's outbound begin with: people and channels, a clock moved by hand, deliveries."""

from datetime import UTC, datetime
from typing import Any

from bot.slack.outbound import SlackOutbound
from models.messages import Button, Delivery, Message
from tests.fakes.slack import SlackFake

Json = dict[str, Any]
START = 1_764_000_000.0
NOW = datetime.fromtimestamp(START, UTC)


class Hands:
    """A clock that a test moves by hand, for Slack and for the bot alike."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return self.at

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def furnish(fake: SlackFake) -> None:
    fake.add_user("U0ANA", "Ana Ruiz", tz="America/Lima", locale="es-PE")
    fake.add_user("U0LI", "Li Lei", tz="Asia/Shanghai", locale="zh-CN")
    fake.add_user("U0BOB", "Bob Stone", tz="Asia/Shanghai", locale="en-US")
    fake.add_channel("C0TEAM", "team", ["U0ANA", "U0BOTUSER"])
    fake.add_channel("C0OLD", "old", ["U0ANA", "U0BOTUSER"], archived=True)


def outbound(fake: SlackFake) -> SlackOutbound:
    return SlackOutbound("xoxb-fake", f"{fake.url}/api/")


def delivery(place: str, message: Message, **more: Any) -> Delivery:
    kind = "channel" if place.startswith("C") else "dm"
    base: Json = {"id": 7, "organization_id": 1, "dedupe_key": "k", "platform": "slack", "place_kind": kind}
    base |= {"place_id": place, "message": message.model_dump(mode="json"), "due_at": NOW, "created_at": NOW}
    return Delivery(**(base | more))


def says(markup: str, *buttons: Button) -> Message:
    return Message(markup=markup, buttons=buttons)
