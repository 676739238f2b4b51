"""Members of the stand-in WeCom. The team's channel is a group chat the app made: it hears nothing there."""

from bot.app import App
from tests.fakes.wecom import WecomFake
from tests.fakes.wecom_state import AES_KEY, TOKEN, Post
from tests.fakes.wecom_user import WecomUser, text_of, to_app

PEOPLE = {
    "u0lilei": "Li Lei",
    "u0ana": "Ana Ruiz",
    "u0bob": "Bob Stone",
    "u0grace": "Grace Park",
    "u0olive": "Olive Observer",
    "u0helen": "Helen HR",
    "u0otto": "Otto Other",
    "u0charlie": "Charlie",
}
CHATS = ("C0PRODUCT", "C0ELSE")


class WecomStage:
    def __init__(self) -> None:
        self.fake = WecomFake()
        self.fake.__enter__()
        for user, name in PEOPLE.items():
            self.fake.add_member(user, name)
        for chat in CHATS:
            self.fake.add_chat(chat)
        self._users: dict[str, WecomUser] = {}

    def settings(self) -> dict[str, str]:
        return {
            "WECOM_CORP_ID": self.fake.corp,
            "WECOM_AGENT_ID": str(self.fake.agent),
            "WECOM_SECRET": self.fake.secret,
            "WECOM_TOKEN": TOKEN,
            "WECOM_ENCODING_AES_KEY": AES_KEY,
            "WECOM_API_URL": self.fake.url,
        }

    def enter(self, app: App) -> None:
        self.fake.clock = lambda: app.clock.now().timestamp()
        self._users = {user: WecomUser(to_app(app.web), self.fake, user) for user in PEOPLE}

    def close(self) -> None:
        self.fake.__exit__(None, None, None)
        assert self.fake.problems == [], self.fake.problems
        assert self.fake.dropped == [], self.fake.dropped

    def account(self, user: str) -> str:
        return user.lower()

    def user(self, user: str) -> WecomUser:
        return self._users[user.lower()]

    async def says(self, user: str, text: str) -> str:
        await self.user(user).says(text)
        return ""

    async def says_in(self, channel: str, user: str, text: str, mention: bool, thread: str | None) -> str:
        raise AssertionError("on WeCom an app hears nothing of what is said in a group")

    async def edits(self, user: str, message_id: str, text: str) -> None:
        raise AssertionError("on WeCom nobody can edit what he wrote")

    async def presses(self, user: str, label: str, channel: str | None) -> None:
        someone = self.user(user)
        for post in reversed(self.fake.messages(channel or user)):
            if label in dict(someone.buttons(post)):
                await someone.presses(post, label)
                return
        raise AssertionError(f"there is no button {label!r}: {await self.labels(channel or user)}")

    async def forges(self, user: str, action: str, place: str) -> None:
        """A button nobody was shown, on the first message of a place."""
        task = (await self.ids(place))[0]
        card = {"MsgType": "event", "Event": "template_card_event", "CardType": "button_interaction"}
        await self.user(user).sends(**card, EventKey=action, TaskId=task, ResponseCode=self.fake.serial("FORGED_"))

    async def submits(self, user: str, answers: list[str]) -> None:
        """There are no forms: each question is answered by typing."""
        for answer in answers:
            await self.user(user).says(answer)

    async def texts(self, place: str) -> list[str]:
        return [text_of(post) for post in self._shown(place)]

    async def ids(self, place: str) -> list[str]:
        return [post.content.get("task_id", post.id) for post in self._shown(place)]

    async def labels(self, place: str) -> list[str]:
        reader = next(iter(self._users.values()))
        return [label for post in self._shown(place) for label, _ in reader.buttons(post)]

    def _shown(self, place: str) -> list[Post]:
        """What is there to be read; a picture is a message of its own here."""
        return [post for post in self.fake.messages(place) if post.content["msgtype"] not in ("image", "file")]

    async def files(self, user: str) -> list[tuple[str, bytes]]:
        """The files shown to this member, by name."""
        sent = [post.content for post in self.fake.messages(user) if post.content["msgtype"] == "file"]
        return [self.fake.uploaded[content["media_id"]] for content in sent]
