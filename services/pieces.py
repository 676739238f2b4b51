"""A message too long for its platform becomes several, cut between lines or words; nothing of it is left out."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from models.messages import Message
from services.limits import CAPTION, LONGEST_MESSAGE
from services.markup import Span, spans, written

WITH_WORDS = ("slack", "playground")
"""Where a file goes with its message; elsewhere it is a message of its own, under the words."""
EMPTIED = "\u2026"
"""What a further piece says when its message became shorter; where nothing can be changed, it is not said anew."""


def pieces(message: Message, platform: str) -> list[Message]:
    """In the order they are read. The picture goes with the first, the buttons stand under the last."""
    limit = LONGEST_MESSAGE.get(platform)
    if limit is None or message.form is not None or message.sections:
        return [message]
    if message.attachment is not None and platform not in WITH_WORDS:
        words = message.model_copy(update={"attachment": None})
        return [*(pieces(words, platform) if words.markup else []), Message(attachment=message.attachment)]
    if message.picture is not None and platform not in CAPTION:
        picture, words = Message(picture=message.picture), message.model_copy(update={"picture": None})
        return [picture, *(pieces(words, platform) if words.markup else [])]
    most, measure = limit
    first = CAPTION[platform] if message.picture is not None else most
    texts = list(_cut(spans(message.markup), first, most, measure))
    if len(texts) <= 1:
        return [message]
    whole = [Message(markup=text) for text in texts]
    whole[0] = whole[0].model_copy(update={"picture": message.picture})
    last = {"buttons": message.buttons, "awaits_text": message.awaits_text, "attachment": message.attachment}
    whole[-1] = whole[-1].model_copy(update=last)
    return whole


def _cut(whole: list[Span], first: int, most: int, measure: Callable[[str], int]) -> Iterator[str]:
    piece: list[Span] = []
    room = first
    for span in _small(whole, min(first, most), measure):
        size = measure(span.text)
        if size > room and piece:
            yield written(piece).strip()
            piece, room = [], most
        piece.append(span)
        room -= size
    if piece:
        yield written(piece).strip()


def _small(whole: list[Span], most: int, measure: Callable[[str], int]) -> Iterator[Span]:
    """The same text in parts that may be cut apart: lines, else words, else characters."""
    for span in whole:
        for line in span.text.splitlines(keepends=True):
            for part in _parts(line, most, measure):
                yield replace(span, text=part)


def _parts(line: str, most: int, measure: Callable[[str], int]) -> Iterator[str]:
    while measure(line) > most:
        at = _fitting(line, most, measure)
        space = line.rfind(" ", 1, at)
        at = space + 1 if space > at // 2 else at
        yield line[:at]
        line = line[at:]
    yield line


def _fitting(line: str, most: int, measure: Callable[[str], int]) -> int:
    """How many characters of the line fit: the sizes only grow, so it is searched by halves."""
    low, high = 1, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(line[:middle]) <= most else (low, middle - 1)
    return low
