"""What the tests of Telegram's ways in and out share: the stand-in with a few people, and deliveries to send."""

from datetime import UTC, datetime
from typing import Any

from models.messages import Button, Delivery, Message
from tests.fakes.telegram import TelegramFake

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
ANN, BOB, NEW, TEAM, FORUM = 5001001, 5001002, 5001003, -1001700000001, -1001700000002
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def peopled(fake: TelegramFake) -> TelegramFake:
    fake.add_person(ANN, "Ann Lee", "ann_lee")
    fake.add_person(BOB, "Bob")
    fake.add_person(NEW, "New Person", started=False)
    fake.add_group(TEAM, "Team")
    fake.add_group(FORUM, "Forum", topics=(17,))
    return fake


def delivery(markup: str = "hello", place: int | str = ANN, *buttons: tuple[str, str], **more: Any) -> Delivery:
    """A person's chat, or a group where the number is negative."""
    message: dict[str, Any] = {
        "markup": markup,
        "buttons": tuple(Button(label=label, action=action) for label, action in buttons),
        **{name: more.pop(name) for name in ("picture", "awaits_text", "form") if name in more},
    }
    kind = "channel" if str(place).startswith("-") else "dm"
    return Delivery(
        organization_id=1, dedupe_key="k", platform="telegram", place_kind=kind, place_id=str(place), due_at=NOW,
        created_at=NOW, message=Message.model_validate(message).model_dump(mode="json"), **more,
    )  # fmt: skip
