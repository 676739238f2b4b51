"""Telegram's rules for what a bot sends: shapes of requests, its HTML, and what it makes live in plain text by itself.

The shapes come from telegram_api.json. Entities follow github.com/tdlib/td, MessageEntity.cpp.
"""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

Json = dict[str, Any]
API: Json = json.loads((Path(__file__).parent / "telegram_api.json").read_text("utf-8"))
TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "a": "text_link", "code": "code",
    "pre": "pre", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
}  # fmt: skip
TAG = re.compile(r"<(/?)([a-zA-Z-]*)((?:\s+[a-zA-Z-]+=(?:\"[^\"]*\"|'[^']*'))*)\s*>")
ATTRIBUTE = re.compile(r"([a-zA-Z-]+)=(?:\"([^\"]*)\"|'([^']*)')")
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
LETTER = r"[^\W\d]"
LIVE = (
    ("mention", re.compile(r"(?<!\w)@([A-Za-z0-9_]{2,32})(?!\w)")),
    ("bot_command", re.compile(r"(?<![\w/<>])/([A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/<>])")),
    ("hashtag", re.compile(rf"(?<!\w)[#\uff03](?=[\w\u00b7\u200c]*{LETTER})[\w\u00b7\u200c]{{1,256}}")),
)


class Unparsable(Exception):
    """What Telegram says of HTML it does not take."""


def units(text: str) -> int:
    """Telegram's measure: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def live(text: str) -> list[tuple[str, str]]:
    """(kind, what) of everything Telegram would make tappable in this text by itself; links are left out."""
    return [(kind, found[0]) for kind, shape in LIVE for found in shape.finditer(text)]


def read_html(source: str) -> tuple[str, list[Json]]:
    """The words and their entities. Raises Unparsable."""
    text, at = "", 0
    entities: list[Json] = []
    opened: list[tuple[str, dict[str, str], int]] = []
    while at < len(source):
        if source[at] == "<":
            tag = TAG.match(source, at)
            if tag is None or (not tag[1] and tag[2].lower() not in TAGS):
                raise Unparsable(f'Unsupported start tag "{tag[2] if tag else ""}" at byte offset {at}')
            if tag[1]:
                entities += _closed(tag[2].lower(), opened, text, at)
            else:
                attributes = {name.lower(): unescape(one or two) for name, one, two in ATTRIBUTE.findall(tag[3])}
                opened.append((tag[2].lower(), attributes, units(text)))
            at = tag.end()
        else:
            reference = REFERENCE.match(source, at)
            text += unescape(reference[0]) if reference else source[at]
            at = reference.end() if reference else at + 1
    if opened:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return text, sorted(entities, key=lambda each: (each["offset"], -each["length"]))


def _closed(name: str, opened: list[tuple[str, dict[str, str], int]], text: str, at: int) -> list[Json]:
    if not opened or (name and opened[-1][0] != name):
        raise Unparsable(f"Unmatched end tag at byte offset {at}")
    tag, attributes, start = opened.pop()
    if units(text) == start:
        return []
    entity: Json = {"type": TAGS[tag], "offset": start, "length": units(text) - start}
    if tag == "a":
        href = attributes.get("href", "")
        user = re.fullmatch(r"tg://user\?id=(\d+)", href)
        entity |= {"type": "text_mention", "user": int(user[1])} if user else {"url": href}
    return [entity]


# --- shapes


def problems(method: str, arguments: Json) -> list[str]:
    """What is wrong with a request, beside its text: unknown or missing fields, wrong types, wrong lengths."""
    fields: Json = API["methods"][method]
    found = [f"{name}: missing" for name, field in fields.items() if field.get("required") and name not in arguments]
    for name, value in arguments.items():
        found += (
            [f"{name}: unknown"] if name not in fields else _field(fields[name], _decoded(value, fields[name]), name)
        )
    return found


def _decoded(value: Any, field: Json) -> Any:
    """A form carries text only: what is no String is JSON in it."""
    if not isinstance(value, str) or field["types"] == ["String"]:
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return value if isinstance(read, str) else read


def _field(field: Json, value: Any, path: str) -> list[str]:
    found = _typed(field["types"], value, path)
    if "most" in field and isinstance(value, str):
        size = len(value.encode()) if field["unit"] == "bytes" else units(value)
        if not field["least"] <= size <= field["most"]:
            found.append(f"{path}: {size} {field['unit']}, allowed {field['least']} to {field['most']}")
    return found


def _typed(types: list[str], value: Any, path: str) -> list[str]:
    return min((_one(kind, value, path) for kind in types), key=len)


SIMPLE: dict[str, Any] = {"String": str, "Integer": int, "Float": (int, float), "Boolean": bool, "True": bool}


def _one(kind: str, value: Any, path: str) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [each for place, item in enumerate(value) for each in _one(kind[9:], item, f"{path}[{place}]")]
    if kind in SIMPLE:
        fits = isinstance(value, SIMPLE[kind]) and (kind not in ("Integer", "Float") or not isinstance(value, bool))
        return [] if fits else [f"{path}: no {kind}"]
    if kind == "InputFile":
        return [] if isinstance(value, (bytes, str)) else [f"{path}: no file"]
    shape: Json = API["types"][kind]
    if "one_of" in shape:
        return _typed(shape["one_of"], value, path)
    if not isinstance(value, dict):
        return [f"{path}: no {kind}"]
    found = [
        f"{path}.{it}: missing" for it, field in shape["fields"].items() if field.get("required") and it not in value
    ]
    for name, item in value.items():
        known = name in shape["fields"]
        found += _field(shape["fields"][name], item, f"{path}.{name}") if known else [f"{path}.{name}: unknown"]
    return found


def decoded(method: str, raw: Json) -> Json:
    """A request's arguments as values."""
    fields: Json = API["methods"].get(method, {})
    return {name: _decoded(value, fields[name]) if name in fields else value for name, value in raw.items()}
