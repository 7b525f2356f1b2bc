"""The only module of the gateway that reads the machine's clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The current time: aware, in UTC."""
    return datetime.now(UTC)
