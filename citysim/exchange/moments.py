"""Moments as the texts that other programs read."""

from datetime import UTC, datetime

INITIAL = datetime(1970, 1, 1, tzinfo=UTC)
"""When what an object is from the beginning is noted (OCEL 2.0 specification, section 5)."""


def local_text(time: datetime) -> str:
    """`2026-01-05T08:00:00.000+08:00`."""
    return time.isoformat(timespec="milliseconds")


def utc_text(time: datetime) -> str:
    """`2026-01-05 00:00:00`, in UTC: OCEL 2.0 in SQLite has no place for an offset, and readers take it for UTC."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")
