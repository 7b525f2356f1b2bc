"""How every step ends: it is added to the history and to the outbox, in the transaction that changes the case."""

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.cases.cases.audience import Holding, staff_hearing
from services.cases.cases.messages import case_stepped
from services.cases.cases.models import Case, HistoryEntry


def record(call: Call, case: Case, entry: HistoryEntry, before: Holding | None = None) -> Case:
    """Store `entry`, the step just taken, and announce it to others and to the staff who hear of it. `before` is who had the
    case before the step; None for nobody. Returns `case`."""
    call.session.add(entry)
    told = staff_hearing(call, case, entry, before or Holding())
    outbox.add(call.session, case_stepped(case, entry, told))
    return case
