"""A configured platform's link: its library is imported here and nowhere else, only when its variables are there."""

import importlib

from bot.platform import Link, Rim
from bot.settings import Settings


def connect(platform: str, settings: Settings, rim: Rim) -> Link:
    """`bot/<platform>/link.py: connect` makes it; the network is not touched yet."""
    link: Link = importlib.import_module(f"bot.{platform}.link").connect(settings, rim)
    return link
