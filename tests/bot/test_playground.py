"""The playground's door has no password: it opens only to its own page on this machine, and forgets nothing."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import demo
from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from models.db import Database
from tests.bot.bench import receipts

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
GUARD = {"X-Loopkeeper-Playground": "1"}
POSTS = ["messages", "presses", "forms", "edits", "clock"]
KEY = "0123456789abcdef"


class Page:
    """The page in a browser on this machine."""

    def __init__(self, app: App) -> None:
        self.app = app

    def client(self, host: str = "127.0.0.1:8000") -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app.web), base_url=f"http://{host}")

    async def get(self, path: str, host: str = "127.0.0.1:8000") -> httpx.Response:
        async with self.client(host) as client:
            return await client.get(path)

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        async with self.client() as client:
            return await client.post(f"/playground/{path}", json=body, headers=GUARD if headers is None else headers)

    async def state(self, cast: str = "en") -> Json:
        answer: Json = (await self.get(f"/playground/state?cast={cast}")).json()
        return answer

    async def says(self, text: str, key: str = KEY) -> None:
        answer = await self.post("messages", said(text, key))
        assert answer.status_code == 200, answer.text
        await self.app.settle()

    async def chat(self) -> list[Json]:
        return [message for message in (await self.state())["places"]["dm:tom"] if message["from"] == "bot"]


def said(text: str, key: str = KEY) -> Json:
    return {"key": key, "from": "tom", "place": "dm:tom", "text": text}


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Page]:
    app = App(Settings.model_validate({}), database, Clock(), playground=True)
    receiving = asyncio.create_task(app.receiver.run())
    await app.settle()
    yield Page(app)
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)


@pytest.fixture(scope="module")
def seeded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The playground's own small organization, in the one kind of database the playground uses."""
    file = tmp_path_factory.mktemp("playground") / "playground.db"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    demo.seed(database)
    database.close()
    return file


@pytest.fixture
async def page(seeded: Path, tmp_path: Path) -> AsyncIterator[Page]:
    for file in seeded.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    database = Database(f"sqlite:///{tmp_path}/playground.db")
    async with opened(database) as page:
        yield page
    database.close()


# --- the door


@pytest.mark.parametrize("path", POSTS)
async def test_a_page_of_another_origin_cannot_act(page: Page, path: str) -> None:
    before = len(receipts(page.app.database))
    assert (await page.post(path, said("hello"), headers={})).status_code == 403
    assert len(receipts(page.app.database)) == before


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.7", "loopkeeper.local"])
@pytest.mark.parametrize("path", ["/", "/playground/state", "/static/playground.css", "/healthz"])
async def test_another_name_for_this_machine_is_refused(page: Page, host: str, path: str) -> None:
    assert (await page.get(path, host)).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
async def test_this_machine_is_served(page: Page, host: str) -> None:
    assert (await page.get("/", host)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/playground/state", "/healthz", "/nowhere"])
async def test_every_answer_carries_the_strict_headers(page: Page, path: str) -> None:
    headers = (await page.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


async def test_no_other_origin_is_allowed_to_read(page: Page) -> None:
    headers = (await page.get("/playground/state")).headers
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("presses", {"key": KEY, "from": "tom", "message": "out-999999", "action": "v1:open:1"}),
        ("presses", {"key": KEY, "from": "tom", "message": "in-nothing", "action": "v1:open:1"}),
        ("forms", {"key": KEY, "from": "tom", "form": "out-999999", "values": {}}),
        ("edits", {"key": KEY, "from": "tom", "message": "in-nothing", "text": "x"}),
    ],
)
async def test_a_forged_message_id_is_not_found(page: Page, path: str, body: Json) -> None:
    before = len(receipts(page.app.database))
    assert (await page.post(path, body)).status_code == 404
    assert len(receipts(page.app.database)) == before


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body", [None, [], "x", 7, {}, {"key": 1}, {**said("x"), "more": 1}, {**said("x"), "place": "x"}]
)
async def test_a_body_of_any_shape_is_refused_politely(page: Page, path: str, body: Any) -> None:
    assert (await page.post(path, body)).status_code in (400, 422)


@pytest.mark.parametrize("path", POSTS)
async def test_a_body_that_is_no_json_is_refused_politely(page: Page, path: str) -> None:
    async with page.client() as client:
        answer = await client.post(f"/playground/{path}", content=b"{", headers=GUARD)
    assert answer.status_code in (400, 422)


async def test_a_cast_that_does_not_exist_is_refused(page: Page) -> None:
    assert (await page.get("/playground/state?cast=fr")).status_code == 400


# --- what one sees


async def test_the_same_key_twice_is_one_message(page: Page) -> None:
    await page.says("help")
    answers = len(await page.chat())
    await page.says("help")
    assert len(await page.chat()) == answers


async def test_a_persons_markup_stays_text(page: Page) -> None:
    await page.says("<b>bold</b> <script>x</script>")
    mine = [message for message in (await page.state())["places"]["dm:tom"] if message["from"] == "tom"]
    assert mine[-1]["nodes"] == [{"t": "text", "v": "<b>bold</b> <script>x</script>"}]


async def test_the_page_cannot_be_ended_from_within_its_words(page: Page) -> None:
    html = (await page.get("/")).text
    assert html.count("</script>") == html.count("<script")


async def test_the_stream_tells_a_growing_version(page: Page) -> None:
    async with streaming(page.app, "/playground/stream") as chunks:
        versions = [json.loads((await chunks.get()).removeprefix("data: "))["version"]]
        for number in range(3):
            await page.says("help", f"{KEY}{number}")
            versions.append(json.loads((await chunks.get()).removeprefix("data: "))["version"])
    assert versions == sorted(set(versions))
    assert (await page.state())["version"] >= versions[-1]


@asynccontextmanager
async def streaming(app: App, path: str) -> AsyncIterator["asyncio.Queue[str]"]:
    """The events of an endless answer, one by one, until the browser goes away."""
    chunks: asyncio.Queue[str] = asyncio.Queue()
    gone, asked = asyncio.Event(), [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message.get("body"):
            await chunks.put(message["body"].decode())

    scope: Json = {"type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": [(b"host", b"127.0.0.1")], "scheme": "http", "asgi": {"version": "3.0"}}
    answering = asyncio.create_task(app.web(scope, receive, send))
    async with asyncio.timeout(20):
        yield chunks
    gone.set()
    await asyncio.wait([answering], timeout=5)
    answering.cancel()


async def test_everything_survives_a_restart(page: Page) -> None:
    await page.says("help")
    before = await page.state()
    async with opened(page.app.database) as again:
        after = await again.state()
    assert before["places"] == after["places"]
    assert before["people"][0]["name"] == after["people"][0]["name"]
    assert any(message["from"] == "bot" for message in after["places"]["dm:tom"])


async def test_the_clock_goes_to_the_next_check_in_and_only_forward(page: Page) -> None:
    before = await page.state()
    answer = await page.post("clock", {"to": "next", "cast": "en"})
    assert answer.status_code == 200
    now = datetime.fromisoformat(answer.json()["now"])
    assert now >= datetime.fromisoformat(before["next"]["at"])
    later = await page.post("clock", {"to": "hour", "cast": "en"})
    assert datetime.fromisoformat(later.json()["now"]) > now
    assert (await page.post("clock", {"to": "yesterday", "cast": "en"})).status_code == 400


async def test_the_digest_shows_its_picture_and_says_what_it_shows(page: Page) -> None:
    assert (await page.post("clock", {"to": "friday", "cast": "en"})).status_code == 200
    posts = [post for place in (await page.state())["places"].values() for post in place if post.get("picture")]
    (digest,) = posts
    picture = await page.get(digest["picture"]["src"])
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    assert "week by week" in digest["picture"]["alt"]
    assert (await page.get("/playground/pictures/999999")).status_code == 404
