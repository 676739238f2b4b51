"""Everybody the app may see, as lines of the programme file: nobody has to copy accounts by hand.

Facts: developer.work.weixin.qq.com/document/path/90227 (agent/get), 90200 (user/simplelist).
"""

import json

from bot.wecom.api import Refused, WecomApi
from services.outbox import SendError

NO_PERMISSION = (48002, 60011)


async def lines(api: WecomApi) -> list[str]:
    """In the order of the names. Raises SendError, with what to mend as its text."""
    try:
        people = await _people(api)
    except Refused as error:
        if error.errcode in NO_PERMISSION:
            raise SendError(
                "the app may not read the address book: widen its visible range, or write the accounts by hand"
            ) from None
        raise SendError(f"WeCom refuses: {error.errcode} {error.errmsg}") from None
    finally:
        await api.close()
    named = sorted(people.items(), key=lambda one: one[1])
    return [f"  - {{name: {_quoted(name)}, wecom: {_quoted(user)}}}" for user, name in named]


async def _people(api: WecomApi) -> dict[str, str]:
    """User id -> name, of the departments and the single members in the app's visible range."""
    app = await api.get("agent/get", agentid=api.agent_id)
    people: dict[str, str] = {}
    for department in (app.get("allow_partys") or {}).get("partyid") or []:
        listed = await api.get("user/simplelist", department_id=department, fetch_child=1)
        people |= {member["userid"]: member["name"] for member in listed["userlist"]}
    for member in (app.get("allow_userinfos") or {}).get("user") or []:
        if member["userid"] not in people:
            people[member["userid"]] = (await api.get("user/get", userid=member["userid"]))["name"]
    return people


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
