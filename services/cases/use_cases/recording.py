"""How every step of a case ends: in its history and in the outbox, in the transaction of the change."""

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.cases.messages import case_stepped
from services.cases.models import Case, HistoryEntry


def record(call: Call, case: Case, entry: HistoryEntry) -> Case:
    """Keep and announce the step that was just taken."""
    call.session.add(entry)
    outbox.add(call.session, case_stepped(case, entry))
    return case
