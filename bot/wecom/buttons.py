"""A button of a template card, as the app and the AI bot both write it: ten characters, six on a card.

A label too long for a button gets a number, under which it stands in full in the text.
"""

from typing import Any

from models.messages import Button

CHARACTERS, MOST = 10, 6
STYLES = {"primary": 1, "": 2, "danger": 3}


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def label_of(number: int, button: Button) -> str:
    fits = len(button.label) <= CHARACTERS
    return button.label if fits else shortened(spelt_out(number, button), CHARACTERS)


def spelt_out(number: int, button: Button) -> str:
    """The line of the text that says the whole label."""
    return f"{number} {button.label}"


def written(label: str, button: Button) -> dict[str, Any]:
    return {"text": label, "style": STYLES[button.style], "key": button.action}
