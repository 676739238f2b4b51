"""The menu beside the text field: what Telegram offers while somebody types "/". A convenience, never needed."""

import logging

from telegram import Bot, BotCommand, MenuButtonCommands
from telegram.error import TelegramError

from services.render import words

log = logging.getLogger(__name__)
LANGUAGES = {"en": None, "zh": "zh"}
"""Our locale -> Telegram's language code (ISO 639-1); None: everybody else."""


async def offer(bot: Bot) -> None:
    """Once a start: what is there already is only written again. A failure stops nothing."""
    try:
        for locale, code in LANGUAGES.items():
            commands = [BotCommand(command, text) for command, text in words(locale)["menu"].items()]
            await bot.set_my_commands(commands, language_code=code)
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    except TelegramError as error:
        log.warning("The menu was not set", extra={"action": "menu_not_set", "fault": type(error).__name__})
