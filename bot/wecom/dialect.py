"""Neutral markup -> what WeCom shows: plain text, or its small markdown (bold, links). Sizes are UTF-8 bytes.

WeCom documents no escape character (developer.work.weixin.qq.com/document/path/90236, 91770): what people wrote is made
inert by look-alikes and by zero-width spaces, so that it can call nobody and hide no link behind other words.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from services.markup import Span, spans

BREAK = "\u200b"
TAGS = str.maketrans({"<": "\uff1c", ">": "\uff1e"})
"""`<a href>` is a link in an app's text, and `<@userid>` a call in a group robot's."""
SIGNS = str.maketrans({"`": "'", "*": "\u2217", "]": f"]{BREAK}"})
ENTITY = re.compile(r"&(?=[#A-Za-z])")
HEADING = re.compile(r"^(?=[ \t]*#{1,6}\s)", re.MULTILINE)
IN_URLS = {" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", '"': "%22", "\n": "", "`": "%60"}


def text(markup: str) -> str:
    """Without any style; a link's address stands behind its words, a mention is the bare name."""
    return as_text(spans(markup))


def markdown(markup: str) -> str:
    """`**bold**` and `[words](address)`, nothing else: there is no italic."""
    return as_markdown(lines(markup))


def cut(whole: str, most_bytes: int) -> str:
    """At a character's boundary, visibly: WeCom cuts what is longer without a word."""
    encoded = whole.encode("utf-8", "ignore")
    if len(encoded) <= most_bytes:
        return whole
    sign = "…" if most_bytes >= 3 else ""
    return encoded[: most_bytes - len(sign.encode())].decode("utf-8", "ignore") + sign


def is_styled(words: Sequence[Span]) -> bool:
    """Whether plain text would lose anything. The WeChat plugin shows text only, and no markdown."""
    return any(span.bold or span.href for span in words if span.text.strip())


def as_text(line: Sequence[Span]) -> str:
    return "".join(_worded(span) for span in line).translate(TAGS)


def as_markdown(line: Sequence[Span]) -> str:
    return "".join(_marked(span) for span in line)


def lines(markup: str) -> list[Span]:
    """No span goes over a line's end: a style does not either."""
    return [replace(span, text=line) for span in spans(markup) for line in span.text.splitlines(keepends=True)]


def _worded(span: Span) -> str:
    return f"{span.text} ({span.href})" if span.href and span.href != span.text else span.text


def _marked(span: Span) -> str:
    words = HEADING.sub(BREAK, ENTITY.sub(f"&{BREAK}", span.text.translate(TAGS).translate(SIGNS)))
    core = words.strip()
    if not core:
        return words
    before, after = words[: words.index(core)], words[words.index(core) + len(core) :]
    if span.href and span.href.startswith(("https://", "http://")):
        core = f"[{core}]({_address(span.href)})"
    return f"{before}**{core}**{after}" if span.bold else f"{before}{core}{after}"


def _address(href: str) -> str:
    return "".join(IN_URLS.get(sign, sign) for sign in href)
