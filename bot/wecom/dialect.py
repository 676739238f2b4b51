"""Neutral markup -> what WeCom shows: plain text, or its small markdown (bold, links). Sizes are UTF-8 bytes.

WeCom documents no escape character (developer.work.weixin.qq.com/document/path/90236, 91770): what people wrote is made
inert by look-alikes and by zero-width spaces, so that it can call nobody and hide no link behind other words.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.markup import Span, spans

Write = Callable[[Sequence[Span]], str]
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
    return as_markdown(_lines(markup))


def cut(whole: str, most_bytes: int) -> str:
    """At a character's boundary, visibly: WeCom cuts what is longer without a word."""
    encoded = whole.encode("utf-8", "ignore")
    if len(encoded) <= most_bytes:
        return whole
    sign = "…" if most_bytes >= 3 else ""
    return encoded[: most_bytes - len(sign.encode())].decode("utf-8", "ignore") + sign


def is_styled(markup: str) -> bool:
    """Whether plain text would lose anything. The WeChat plugin shows text only, and no markdown."""
    return any(span.bold or span.href for span in spans(markup) if span.text.strip())


def pages(markup: str, most_bytes: int, write: Write) -> list[str]:
    """The whole of it as few messages of at most so many bytes: cut between lines, or else between characters."""
    done: list[list[Span]] = []
    page: list[Span] = []
    waiting = _lines(markup)[::-1]
    while waiting:
        span = waiting.pop()
        if _fits([*page, span], most_bytes, write):
            page.append(span)
            continue
        full, rest = _turn(page, span, most_bytes, write)
        done.append(full)
        waiting += reversed(rest)
        page = []
    written = [write(full).strip("\n") for full in [*done, page]]
    return [each for each in written if each.strip()]


def as_text(line: Sequence[Span]) -> str:
    return "".join(_inert(f"{span.text} ({span.href})" if _leads_away(span) else span.text) for span in line)


def as_markdown(line: Sequence[Span]) -> str:
    return "".join(_marked(span) for span in line)


def _lines(markup: str) -> list[Span]:
    """No span goes over a line's end: a style does not either."""
    return [replace(span, text=line) for span in spans(markup) for line in span.text.splitlines(keepends=True)]


def _turn(page: list[Span], span: Span, most: int, write: Write) -> tuple[list[Span], list[Span]]:
    """What this page takes, ending with its last whole line if it has one, and what is left for the next."""
    last = max((place for place, each in enumerate(page) if each.text.endswith("\n")), default=-1)
    if last >= 0:
        return page[: last + 1], [*page[last + 1 :], span]
    room = _most_characters(page, span, most, write)
    if room == 0 and page:
        return page, [span]
    room = max(room, 1)
    return [*page, replace(span, text=span.text[:room])], [replace(span, text=span.text[room:])]


def _most_characters(page: list[Span], span: Span, most: int, write: Write) -> int:
    low, high = 0, len(span.text)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits([*page, replace(span, text=span.text[:middle])], most, write):
            low = middle
        else:
            high = middle - 1
    return low


def _fits(line: Sequence[Span], most: int, write: Write) -> bool:
    return len(write(line).encode("utf-8", "ignore")) <= most


def _leads_away(span: Span) -> bool:
    return bool(span.href) and span.href != span.text


def _inert(written: str) -> str:
    return ENTITY.sub(f"&{BREAK}", written.translate(TAGS))


def _marked(span: Span) -> str:
    words = HEADING.sub(BREAK, _inert(span.text).translate(SIGNS))
    core = words.strip()
    if not core:
        return words
    before, after = words[: words.index(core)], words[words.index(core) + len(core) :]
    if span.href and span.href.startswith(("https://", "http://")):
        core = f"[{core}]({_address(span.href)})"
    return f"{before}**{core}**{after}" if span.bold else f"{before}{core}{after}"


def _address(href: str) -> str:
    return "".join(IN_URLS.get(sign, sign) for sign in href)
