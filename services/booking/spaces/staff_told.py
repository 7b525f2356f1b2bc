"""Which staff hear of the bookings of a space: the columns and their rules, without I/O."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from chassis.rpc.refusal import InvalidField
from services.booking.interface.staff_told import NO_LIST_TIME, TOLD

# Which of TOLD a message is about.
_ABOUT = {
    "booking.confirmed.v1": "new",
    "booking.series_booked.v1": "new",
    "booking.series_accepted.v1": "new",
    "booking.cancelled.v1": "changes",
    "booking.rescheduled.v1": "changes",
    "booking.series_changed.v1": "changes",
    "booking.series_cancelled.v1": "changes",
    "booking.requested.v1": "requests",
    "booking.series_requested.v1": "requests",
    "booking.no_show.v1": "no_shows",
}


class TellsStaff:
    """The part of a Space that says which staff hear of its bookings. `staff_told` are account ids as text by TOLD, without
    empty lists. Those of "tomorrow" get the list of the next day at `list_at`, a local time such as "18:00"; of a day without
    bookings only with `list_if_none`."""

    staff_told: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    list_at: Mapped[str | None]
    list_if_none: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    if TYPE_CHECKING:

        def changed(self) -> None: ...

    CHECKS = (
        CheckConstraint("list_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'", name="space_list_at"),
        CheckConstraint("list_at IS NOT NULL OR NOT staff_told ? 'tomorrow'", name="space_list_has_time"),
    )

    @validates("staff_told")
    def _as_stored(self, _: str, told: Mapping[str, Any]) -> dict[str, list[str]]:
        """Account ids as text, so that they are JSON."""
        return {about: [str(one) for one in told[about]] for about in TOLD if told.get(about)}

    def check_staff_told(self) -> None:
        """Raises InvalidField if somebody gets the list of the next day and no time is given. `space_list_has_time` checks it
        too."""
        if self.list_at is None and "tomorrow" in (self.staff_told or {}):
            raise InvalidField(NO_LIST_TIME, "list_at")

    def tells(self, account_id: UUID) -> bool:
        """Whether the account hears of this space."""
        return any(str(account_id) in ids for ids in (self.staff_told or {}).values())

    def tell_no_more(self, account_id: UUID) -> None:
        """The account hears no more of this space."""
        self.staff_told = {about: [one for one in ids if one != str(account_id)] for about, ids in self.staff_told.items()}
        self.changed()

    def staff_for(self, type_: str) -> list[str]:
        """The ids of the accounts that hear of a message of `type_`."""
        found: list[str] = (self.staff_told or {}).get(_ABOUT.get(type_, ""), [])
        return found

    def staff_for_list(self) -> list[UUID]:
        """The accounts that get the list of the next day."""
        return [UUID(one) for one in (self.staff_told or {}).get("tomorrow", ())]

    def list_is_due(self, local_now: datetime) -> bool:
        """Whether the list of the next day is to be sent by `local_now`, a time in the community's zone."""
        return self.list_at is not None and local_now.time() >= time.fromisoformat(self.list_at)
