"""Logs: one line each, a sentence and an action name. Tokens, names and people's text never stand in them."""

import logging
import sys

NOISY = ("aiohttp", "apscheduler", "slack_bolt", "slack_sdk", "uvicorn.access", "httpx", "httpcore")
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"color_message"}


def configure(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


class _OneLine(logging.Formatter):
    """time level sentence key=value…; of an error only its kind and place, for its text may quote a person."""

    def format(self, record: logging.LogRecord) -> str:
        extra = " ".join(f"{key}={value}" for key, value in vars(record).items() if key not in STANDARD)
        line = f"{self.formatTime(record)} {record.levelname} {record.getMessage()} {extra}".rstrip()
        return f"{line} {_kind_and_place(record)}" if record.exc_info else line


def _kind_and_place(record: logging.LogRecord) -> str:
    kind, _, traceback = record.exc_info or (None, None, None)
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return f"error={kind.__name__ if kind else ''} at={'>'.join(places[-6:])}"
