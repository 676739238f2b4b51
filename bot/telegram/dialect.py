"""Neutral markup -> Telegram's HTML. Whatever people typed stays words: no tag, no mention, no command, no hashtag.

Length is counted in UTF-16 units after the tags are read, as Telegram counts it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from itertools import pairwise

from services.markup import Span, spans

MOST_ENTITIES = 100
CUT = "…"
JOINER = "\u2060"
LIVE = re.compile(r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9_])|(?<![A-Za-z0-9_/])/(?=[A-Za-z0-9_])"
                  r"|[#\uff03](?=\S)(?!\d+(?![\w\u200c\u00b7]))")  # fmt: skip
"""What Telegram would make live by itself: @name, /command, #tag. Escaping does not stop it, an invisible joiner does.

Markup does not tell people's words from ours, so ours are treated alike: no template of ours mentions by user name or
tags, and a command is as good typed as tapped. `#12` is an item's number and no hashtag to Telegram: it stays as it is.
A mail address and a bare link stay usable: both show where they lead.
"""


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def html(markup: str, most: int) -> str:
    """At most `most` UTF-16 units, cut visibly, and at most 100 entities: what is beyond keeps its words only."""
    room = MOST_ENTITIES
    written = []
    for span in _cut(_joined(spans(markup)), most):
        tags = list(_tags(span))
        if len(tags) > room:
            tags = []
        room -= len(tags)
        text = escape(span.text)
        written.append("".join(f"<{tag}>" for tag in tags) + text + "".join(_closing(tags)))
    return "".join(written)


def inert(text: str) -> str:
    return LIVE.sub(lambda found: found[0] + JOINER, text)


def _tags(span: Span) -> Iterator[str]:
    if span.bold:
        yield "b"
    if span.italic:
        yield "i"
    if span.user_id and span.user_id.isdecimal():
        yield f'a href="tg://user?id={span.user_id}"'
    elif span.href and not span.user_id:
        yield f'a href="{escape(span.href)}"'


def _closing(tags: list[str]) -> Iterator[str]:
    return (f"</{tag.split()[0]}>" for tag in reversed(tags))


def _joined(pieces: Iterable[Span]) -> list[Span]:
    """Neighbours of one style become one entity; only then is anything inert, for a name may stand across two."""
    joined: list[Span] = []
    for piece in pieces:
        if joined and replace(joined[-1], text="") == replace(piece, text="") and not piece.user_id:
            joined[-1] = replace(piece, text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return [replace(piece, text=text) for piece, text in zip(joined, _inert_across(joined), strict=True)]


def _inert_across(pieces: list[Span]) -> list[str]:
    """Telegram looks for names and commands in the whole text, across the tags."""
    whole = "".join(piece.text for piece in pieces)
    after = [found.end() for found in LIVE.finditer(whole)]
    texts, at = [], 0
    for piece in pieces:
        cuts = [0, *(end - at for end in after if at < end <= at + len(piece.text)), len(piece.text)]
        texts.append(JOINER.join(piece.text[start:end] for start, end in pairwise(cuts)))
        at += len(piece.text)
    return texts


def _cut(pieces: list[Span], most: int) -> list[Span]:
    if sum(units(piece.text) for piece in pieces) <= most:
        return pieces
    kept, room = [], most - units(CUT)
    for piece in pieces:
        kept.append(replace(piece, text=_beginning(piece.text, room)))
        room -= units(piece.text)
        if room <= 0:
            break
    return [*kept, Span(CUT)]


def _beginning(text: str, most: int) -> str:
    """As much as fits, never half a character."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore")
