"""The picture under the digest: the same numbers give the same bytes, and nothing in it needs words."""

import io

import pytest
from PIL import Image

from services.pictures import COLOURS, SIZE, trend

WEEKS = [(1, 4, 0), (2, 5, 1), (0, 6, 2), (3, 5, 1), (4, 4, 4), (1, 8, 0), (2, 2, 2), (5, 3, 1)]


def test_the_same_weeks_are_the_same_bytes_and_small() -> None:
    assert trend(WEEKS) == trend(WEEKS)
    assert trend(WEEKS) != trend(WEEKS[::-1])
    assert len(trend(WEEKS)) < 20_000


def test_it_is_a_png_of_that_size_in_three_colours_on_no_ground() -> None:
    image = Image.open(io.BytesIO(trend(WEEKS)))
    assert (image.format, image.size) == ("PNG", SIZE)
    shades = {colour for _, colour in image.convert("RGBA").getcolors(maxcolors=100_000) or []}
    assert {(*bytes.fromhex(colour[1:]), 255) for colour in COLOURS} <= shades
    assert (0, 0, 0, 0) in shades


@pytest.mark.parametrize("weeks", [[(0, 0, 0)] * 8, [(0, 0, 1)], [(900, 40, 3)] * 8])
def test_any_numbers_can_be_drawn(weeks: list[tuple[int, int, int]]) -> None:
    assert trend(weeks).startswith(b"\x89PNG")
