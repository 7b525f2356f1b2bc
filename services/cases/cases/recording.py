"""How every step ends: it is added to the history and to the outbox, in the transaction that changes the case."""

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.cases.cases.messages import case_stepped
from services.cases.cases.models import Case, HistoryEntry


def record(call: Call, case: Case, entry: HistoryEntry) -> Case:
    """Store `entry`, the step just taken, and announce it. Returns `case`."""
    call.session.add(entry)
    outbox.add(call.session, case_stepped(case, entry))
    return case
