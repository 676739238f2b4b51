"""Small pictures drawn from plain numbers. The same numbers give the same bytes."""

import io
from collections.abc import Sequence

SIZE = (800, 300)
MARGIN, GAP, FONT_SIZE = 24, 24, 22
LEAST_FOR_A_NUMBER = 26
"""Pixels of a segment's height in which a number can be read."""
COLOURS = ("#009E73", "#56B4E9", "#D55E00")
"""Okabe and Ito's green, blue and vermilion: told apart by everybody, on light and on dark."""
INK, LINE = "#000000", "#808080"


def trend(weeks: Sequence[tuple[int, int, int]]) -> bytes:
    """A PNG: for each week one bar of done (at the bottom), in progress and behind (on top), each with its number.

    The ground is transparent; words stand beside the picture, never in it.
    """
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(FONT_SIZE)
    floor, height = SIZE[1] - MARGIN, SIZE[1] - 2 * MARGIN
    most = max(1, *(sum(week) for week in weeks))
    width = (SIZE[0] - 2 * MARGIN - GAP * (len(weeks) - 1)) / len(weeks)
    for place, week in enumerate(weeks):
        left, top = MARGIN + place * (width + GAP), float(floor)
        for count, colour in zip(week, COLOURS, strict=True):
            bottom, top = top, top - height * count / most
            if count:
                draw.rectangle((left, top, left + width, max(top, bottom - 2)), fill=colour)
            if bottom - top >= LEAST_FOR_A_NUMBER:
                draw.text((left + width / 2, (top + bottom) / 2), str(count), INK, font, anchor="mm")
    draw.line((MARGIN, floor, SIZE[0] - MARGIN, floor), LINE, 2)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
