"""What `doctor` asks WeCom, in the order in which the console lets it be mended."""

import secrets
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from bot.platform import Finding
from bot.wecom.api import NOT_TRUSTED, Refused, WecomApi
from bot.wecom.crypto import Seal
from services.outbox import SendError

MOST_SKEW_SECONDS = 60
SECONDS = 5.0
TOKEN_MENDS = {
    40001: "WECOM_SECRET is not the Secret of this app: copy it again from the app's page.",
    40013: "WECOM_CORP_ID is wrong: My Enterprise, Enterprise ID.",
    40056: "WECOM_AGENT_ID is wrong: the app's page shows it as AgentId.",
    301002: "WECOM_AGENT_ID and WECOM_SECRET belong to two apps: copy both from one page.",
}
SAVE_CALLBACK_FIRST = "Save the callback URL first: until then the console does not let you add trusted IPs."


async def findings(api: WecomApi, seal: Seal, callback: str | None, now: Callable[[], datetime]) -> list[Finding]:
    found = [await _token(api)]
    if found[0].ok:
        found.append(await _trusted(api))
    return [*found, *_skew(api.wecoms_clock, now()), *await _callback(seal, callback, now)]


async def _token(api: WecomApi) -> Finding:
    try:
        await api.ask_for_token()
    except Refused as error:
        mend = TOKEN_MENDS.get(error.errcode, error.errmsg)
        return Finding(False, f"WeCom gives no access token: {error.errcode}.", mend)
    except SendError as error:
        return Finding(False, f"WeCom does not answer: {error.code}.", "Check the network and WECOM_API_URL.")
    return Finding(True, "WeCom accepts WECOM_CORP_ID and WECOM_SECRET.")


async def _trusted(api: WecomApi) -> Finding:
    try:
        name = (await api.get("agent/get", agentid=api.agent_id)).get("name", "")
    except Refused as error:
        if error.errcode == NOT_TRUSTED:
            mend = f"Add the IP in this answer to the app's trusted IPs: {error.errmsg}\n     {SAVE_CALLBACK_FIRST}"
            return Finding(False, "WeCom takes no calls from this machine's IP: 60020.", mend)
        mend = TOKEN_MENDS.get(error.errcode, error.errmsg)
        return Finding(False, f"WeCom does not show the app: {error.errcode}.", mend)
    except SendError as error:
        return Finding(False, f"WeCom does not answer: {error.code}.", "Check the network and WECOM_API_URL.")
    return Finding(True, f"WeCom takes calls from this machine for the app {name}.")


async def _callback(seal: Seal, callback: str | None, now: Callable[[], datetime]) -> list[Finding]:
    """The console's own check, made by ourselves: WeCom is called only where the answer is the echo."""
    if callback is None:
        mend = "Set LOOPKEEPER_PUBLIC_URL to the address under which WeCom reaches this machine."
        return [Finding(False, "WeCom cannot call this machine: its public address is not set.", mend)]
    echo, nonce, timestamp = secrets.token_hex(8), secrets.token_hex(8), str(int(now().timestamp()))
    sealed = seal.close(echo.encode(), secrets.token_bytes(16))
    query = {
        "msg_signature": seal.sign(timestamp, nonce, sealed),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": sealed,
    }
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            answer = await client.get(callback, params=query)
    except httpx.HTTPError as error:
        mend = "Is `python -m bot serve` running, and does the proxy hand this address to it?"
        return [Finding(False, f"{callback} does not answer ({type(error).__name__}).", mend)]
    return [_echoed(callback, answer, echo)]


def _echoed(callback: str, answer: httpx.Response, echo: str) -> Finding:
    if answer.status_code == 200 and answer.text == echo:
        return Finding(True, f"{callback} answers WeCom's check.")
    mend = f"It answers {answer.status_code}. Does the proxy pass the query on, and is the process the one configured?"
    return Finding(False, f"{callback} does not answer WeCom's check.", mend)


def _skew(wecoms_clock: str, now: datetime) -> list[Finding]:
    try:
        skew = abs((now - parsedate_to_datetime(wecoms_clock)).total_seconds())
    except ValueError:
        return []
    if skew <= MOST_SKEW_SECONDS:
        return []
    mend = "Set the clock (NTP): calls whose time is ten minutes off are refused."
    return [Finding(False, f"This machine's clock and WeCom's differ by {skew:.0f} s.", mend)]
