"""What a person sees of a message or a view on the stand-in Slack."""

import html
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def text_of(surface: Json) -> str:
    """The words of a message or view as a reader gets them, mentions as @id; buttons are left to `buttons`."""
    blocks = surface.get("blocks") or []
    if not blocks:
        return _plain(surface.get("text", ""))
    return "\n".join(filter(None, map(_block_text, blocks)))


def _block_text(block: Json) -> str:
    if block["type"] == "rich_text":
        return "\n".join(map(_rich_text, block["elements"]))
    if block["type"] == "input":
        return str(block["label"]["text"])
    if block["type"] == "context":
        return " ".join(it["alt_text"] if it["type"] == "image" else _object_text(it) for it in block["elements"])
    if block["type"] in ("image", "markdown"):
        return str(block.get("alt_text") or block.get("text"))
    texts = [block["text"]] if block.get("text") else []
    return "\n".join(map(_object_text, [*texts, *(block.get("fields") or [])]))


def _object_text(text: Json) -> str:
    return _plain(text["text"]) if text["type"] == "mrkdwn" else str(text["text"])


def _plain(mrkdwn: str) -> str:
    return html.unescape(re.sub(r"<([^<>]*)>", lambda it: _special(*it[1].partition("|")[::2]), mrkdwn))


def _special(target: str, label: str) -> str:
    if target.startswith(("@", "#")):
        return target
    if target.startswith("!"):
        return label if target.startswith("!date") else "@" + target.removeprefix("!").removeprefix("subteam^")
    return label or target


def _rich_text(part: Json) -> str:
    if part["type"] == "rich_text_list":
        marks = [f"{n}. " if part["style"] == "ordered" else "\u2022 " for n in range(1, len(part["elements"]) + 1)]
        return "\n".join(mark + _rich_text(it) for mark, it in zip(marks, part["elements"], strict=True))
    words = "".join(map(_run, part["elements"]))
    return "> " + words.replace("\n", "\n> ") if part["type"] == "rich_text_quote" else words


def _run(run: Json) -> str:
    name = {"user": "user_id", "usergroup": "usergroup_id", "broadcast": "range"}.get(run["type"])
    if name:
        return f"@{run[name]}"
    if run["type"] in ("channel", "emoji"):
        return f"#{run['channel_id']}" if run["type"] == "channel" else f":{run['name']}:"
    return str(run.get("text") or run.get("url") or run.get("fallback") or run.get("value"))


def controls(surface: Json) -> Iterator[tuple[Json, Json]]:
    """Every block with each interactive element in it."""
    for block in surface.get("blocks") or []:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        if block["type"] in ("actions", "section", "input"):
            yield from ((block, it) for it in inside if it and it["type"] != "image")


def buttons(surface: Json) -> list[tuple[str, str, str]]:
    """(label, action_id, value) of every button, in reading order."""
    found = [it for _, it in controls(surface) if it["type"] == "button"]
    return [(it["text"]["text"], it["action_id"], it.get("value", "")) for it in found]
