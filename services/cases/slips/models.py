"""What the holder of a slip sees of the case."""

from collections.abc import Sequence
from typing import Any

from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.workflow import offered
from services.cases.reference.models import Department


class SlipAccount:
    """The public side of the case: state, dates, result, what staff have told the reporter, and the steps that the reporter may
    take. Nothing that the reporter wrote, no place, no photo and no person, because others may find the slip. `updates` are
    newest first."""

    def __init__(self, case: Case, entries: Sequence[HistoryEntry]) -> None:
        self._case = case
        self.updates = [SlipUpdate(entry) for entry in entries]
        self.steps = offered(case.state, case.roles_of(case.holder_of_slip()))  # of the reporter, whoever asks

    def __getattr__(self, name: str) -> Any:
        if name in _SHOWN or (name.endswith("_at") and name != "stepped_at"):
            return getattr(self._case, name)
        raise AttributeError(name)


_SHOWN = frozenset({"number", "version", "state", "category", "department", "settlement", "outcome", "solved", "satisfied"})


class SlipUpdate:
    """A step as the slip shows it. `note` has words of staff for the reporter, and never the reporter's."""

    def __init__(self, entry: HistoryEntry) -> None:
        self.version, self.at, self.action, self.to_state = entry.version, entry.at, entry.action, entry.to_state
        self.actor_party = entry.actor_party
        self.department: Department | None = entry.department
        self.note = entry.note if entry.public and entry.actor_party == "staff" else None
