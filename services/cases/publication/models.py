"""A published case and its steps without anything about the reporter."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.publication import OVER
from services.cases.interface.states import ENDED_UNSETTLED
from services.cases.interface.workflow import ASK


class AsPublished:
    """What everybody sees of a published case. The words and pictures of the reporter are shown after staff have accepted the
    case, and not if they declined it, or if it was withdrawn or voided. Those of another system are shown at once, because its
    operator answers for them."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def __getattr__(self, name: str) -> Any:
        return getattr(self._case, name) if name in _SHOWN else None

    @property
    def over(self) -> bool:
        return self._case.state in OVER

    @property
    def changed_at(self) -> datetime:
        return self._case.stepped_at or self._case.reported_at

    @property
    def words_are_read(self) -> bool:
        case = self._case
        if case.declined_at is not None or case.state in ENDED_UNSETTLED:
            return False
        return case.accepted_at is not None or case.system_id is not None

    @property
    def text(self) -> str | None:
        return self._case.text if self.words_are_read else None

    @property
    def address(self) -> str | None:
        return self._case.address if self.words_are_read else None

    @property
    def photo_ids(self) -> list[UUID]:
        return self._case.photo_ids if self.words_are_read else []


_SHOWN = frozenset({"id", "community_id", "number", "state", "category", "department", "location", "settlement", "reported_at"})


class PublishedStep:
    """A step of a published case. `note` has words of staff that the reporter may read too, and never the reporter's. What
    staff ask the reporter is for the reporter. Nothing is read any more if the case was `taken_down`."""

    def __init__(self, entry: HistoryEntry, *, taken_down: bool = False) -> None:
        self.id, self.case_id, self.at, self.to_state = entry.id, entry.case_id, entry.at, entry.to_state
        self.over = entry.to_state in OVER
        shown = entry.public and entry.actor_party == "staff" and entry.action != ASK.name and not taken_down
        self.note = entry.note if shown else None
