"""Neutral markup -> typed nodes, from which each platform writes its own dialect. Tags: b, i, a, at, br."""

from dataclasses import dataclass
from html.parser import HTMLParser

from markupsafe import escape


@dataclass(frozen=True)
class Span:
    """A run of text with its style. `href` makes it a link, `user_id` a mention of that person."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str | None = None
    user_id: str | None = None


def spans(markup: str) -> list[Span]:
    """People's text arrives escaped, so that only the templates' own tags are tags."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.spans


def plain(markup: str) -> str:
    return "".join(f"@{span.text}" if span.user_id else span.text for span in spans(markup))


def written(whole: list[Span]) -> str:
    """The way back: spans as neutral markup."""
    return "".join(_tagged(span) for span in whole)


def _tagged(span: Span) -> str:
    text = str(escape(span.text))
    if span.user_id:
        text = f'<at id="{escape(span.user_id)}">{text}</at>'
    if span.href:
        text = f'<a href="{escape(span.href)}">{text}</a>'
    for tag, on in (("i", span.italic), ("b", span.bold)):
        text = f"<{tag}>{text}</{tag}>" if on else text
    return text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.spans: list[Span] = []
        self._open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\n")
        else:
            values = dict(attrs)
            self._open.append((tag, values.get("href") or values.get("id")))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        tags = dict(self._open)
        self.spans.append(Span(data, "b" in tags, "i" in tags, tags.get("a"), tags.get("at")))
