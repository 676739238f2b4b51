"""The one place where the wall clock is read. Everything below takes `now` as an argument."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Aware UTC. The playground may move it forward; it never goes back."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move_to(self, moment: datetime) -> None:
        self._ahead += max(timedelta(), moment - self.now())
