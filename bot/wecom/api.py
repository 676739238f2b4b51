"""WeCom's server API by httpx: one call, its token, and every failure as a SendError.

Facts: developer.work.weixin.qq.com/document/path/90236 (messages), 90313 (error codes). An answer's errmsg holds hints
and the caller's IP: it is shown to the operator by `doctor`, and stands in no log. Neither does a URL, which holds the
token.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import httpx

from bot.wecom.tokens import Token, Tokens
from models.db import Database
from services.outbox import SendError

log = logging.getLogger(__name__)
Json = dict[str, Any]
CALL_SECONDS = 5.0
TOKEN_DIED = (40001, 40014, 41001, 42001)
LATER = {-1: 10.0, 45009: 60.0, 45033: 10.0}
MENDED_BY_THE_OPERATOR = 300.0
NOT_TRUSTED = 60020
ADVICE = {
    NOT_TRUSTED: "the app's trusted IPs do not have this machine's: run python -m bot doctor",
    **dict.fromkeys(TOKEN_DIED, "WeCom refuses the token: check WECOM_CORP_ID and WECOM_SECRET"),
    40013: "WeCom does not know WECOM_CORP_ID",
}
NOBODY = (40003, 60111, 81013, 82001)
GONE = (86001, 86003, 93000)
"""No such group chat; no such group robot."""


class Refused(SendError):
    """WeCom answered, and said no. `errmsg` is for the operator's eyes, not for a log."""

    def __init__(self, errcode: int, errmsg: str, **how: Any) -> None:
        super().__init__(f"wecom_{errcode}", **how)
        self.errcode, self.errmsg = errcode, errmsg


class WecomApi:
    """One self-built app. The client is made inside the loop that uses it."""

    def __init__(
        self, base: str, corp_id: str, agent_id: int, secret: str, database: Database, now: Callable[[], datetime]
    ) -> None:
        self.agent_id = agent_id
        self.wecoms_clock = ""
        """The Date header of the last answer."""
        self._base, self._corp_id, self._secret, self._now = base, corp_id, secret, now
        self._client: httpx.AsyncClient | None = None
        self._tokens = Tokens(database, now, f"wecom:{corp_id}:{agent_id}", secret, self._fetch_token)

    async def get(self, path: str, **query: Any) -> Json:
        return await self._with_token("GET", path, query)

    async def post(self, path: str, body: Json, **query: Any) -> Json:
        return await self._with_token("POST", path, query, json=body)

    async def upload(self, name: str, content: bytes, kind: str = "image") -> str:
        """A media id, valid for three days, of an "image" (to 10 MB) or a "file" (to 20 MB). The name must be ASCII."""
        files = {"media": (name, content, "image/png" if kind == "image" else "application/octet-stream")}
        return str((await self._with_token("POST", "media/upload", {"type": kind}, files=files))["media_id"])

    async def ready(self) -> None:
        """Have a token before the first message needs it."""
        await self._tokens.current()

    async def ask_for_token(self) -> None:
        """Whether CorpID and Secret are right: asked anew, for doctor."""
        await self._fetch_token()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _with_token(self, method: str, path: str, query: Json, **more: Any) -> Json:
        """A token may die early: it is renewed once, and the call repeated once."""
        token = await self._tokens.current()
        answer = await self._call(method, path, {"access_token": token, **query}, **more)
        if answer.get("errcode", 0) in TOKEN_DIED:
            token = await self._tokens.current(dead=token)
            answer = await self._call(method, path, {"access_token": token, **query}, **more)
        return checked(answer)

    async def _fetch_token(self) -> Token:
        query = {"corpid": self._corp_id, "corpsecret": self._secret}
        answer = checked(await self._call("GET", "gettoken", query))
        return Token(str(answer["access_token"]), self._now() + timedelta(seconds=int(answer["expires_in"])))

    async def _call(self, method: str, path: str, query: Json, **more: Any) -> Json:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=CALL_SECONDS, trust_env=True)
        response = await called(self._client, method, f"{self._base}/{path}", query, **more)
        self.wecoms_clock = response.headers.get("date", "")
        return body_of(response)


async def called(client: httpx.AsyncClient, method: str, url: str, query: Json, **more: Any) -> httpx.Response:
    """WeCom's answer. Raises SendError where there is none, without the URL, which is secret."""
    try:
        return await client.request(method, url, params=query, **more)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise SendError("not_connected") from None
    except httpx.HTTPError as error:
        raise SendError(type(error).__name__, ambiguous=True) from None


def body_of(response: httpx.Response) -> Json:
    """What it says, be it yes or no. Raises SendError where nobody can tell."""
    if response.status_code != 200:
        raise SendError(f"http_{response.status_code}", ambiguous=response.status_code >= 500)
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise SendError("no_json", ambiguous=True)
    return answer


def checked(answer: Json) -> Json:
    """The answer, if it is a yes. Raises Refused."""
    code = int(answer.get("errcode", 0))
    if code == 0:
        return answer
    if code in ADVICE:
        log.warning("WeCom refuses: %s", ADVICE[code], extra={"action": "wecom_refuses", "errcode": code})
    raise Refused(code, str(answer.get("errmsg", "")), **_consequence(code))


def _consequence(code: int) -> Json:
    if code in LATER:
        return {"retry_after": LATER[code]}
    if code in ADVICE:
        return {"retry_after": MENDED_BY_THE_OPERATOR}
    if code in NOBODY:
        return {"lost": "out_of_scope"}
    return {"lost": "gone"} if code in GONE else {"permanent": True}


def unreached(answer: Json) -> Iterable[str]:
    """Who got nothing although WeCom says yes, lower-cased: it is said in passing, among the fields of a success."""
    listed = f"{answer.get('invaliduser') or ''}|{answer.get('unlicenseduser') or ''}"
    return {user.lower() for user in listed.split("|") if user}
