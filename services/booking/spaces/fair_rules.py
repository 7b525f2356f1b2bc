"""When the dates of a space open and what it keeps for whom: the columns and their rules, without I/O."""

from typing import Any

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from services.booking.interface.fair_opening import ELDER_AGES
from services.booking.spaces.fair_opening import DEFAULT_ELDER_AGE, Opening, Share


class OpensFairly:
    """The part of a Space about fair opening. With `opening` its weeks open one after the other instead of its days; a part has
    its own. Its `shares` are times that are kept for some, and hold for its parts and its whole too. `elder_age` is from which
    age on somebody counts as an elder in both. JSON as of interface/fair_opening.py."""

    opening: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    shares: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    elder_age: Mapped[int] = mapped_column(default=DEFAULT_ELDER_AGE, server_default=text(str(DEFAULT_ELDER_AGE)))

    CHECK = CheckConstraint(f"elder_age IN ({', '.join(map(str, ELDER_AGES))})", name="space_elder_age")

    @validates("opening")
    def _readable_opening(self, _: str, stored: dict[str, Any] | None) -> dict[str, Any] | None:
        if stored is not None:
            Opening.read(stored)
        return stored

    @validates("shares")
    def _readable_shares(self, _: str, entries: list[Any]) -> list[Any]:
        for entry in entries:
            Share.read(entry)
        return entries
