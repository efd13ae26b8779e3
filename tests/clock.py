"""The clock of the tests' applications: it stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Clock:
    """Called, it tells its time in UTC."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        """Move on by so many `minutes=`, `hours=`, `days=` …, and tell the new time."""
        self.now += timedelta(**duration)
        return self.now

    def set(self, *moment: int) -> datetime:
        """Put the clock to year, month, day, hour … in UTC."""
        self.now = datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]  # mypy counts no stars
        return self.now
