"""Due rows, a batch at a time: one that throws is set aside for an hour and the others go on."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from models.db import DatabaseFault, locked_for_me

log = logging.getLogger(__name__)
BATCH = 200
SET_ASIDE = timedelta(hours=1)


def each(session: Session, now: datetime, due: Any, work: Callable[[Any], None], column: str = "due_at") -> int:
    """Deal with every row of the query, each in a savepoint; returns how many. `column` is what made them due."""
    rows = session.exec(locked_for_me(session, due)).all()
    for row in rows:
        try:
            with session.begin_nested():
                work(row)
        except DatabaseFault:
            raise
        except Exception:
            log.exception("A due row was set aside", extra={"action": "row_set_aside", "row": row.id})
            session.refresh(row)
            setattr(row, column, now + SET_ASIDE)
            session.add(row)
    return len(rows)
