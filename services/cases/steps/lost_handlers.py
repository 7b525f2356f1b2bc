"""Cases whose handler cannot settle them any more: the account was switched off, or has lost the role or the community. They go
back to the desk, which dispatches them again."""

from sqlalchemy import and_, any_, not_, or_, select

from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.cases.cases.models import Case
from services.cases.cases.recording import record
from services.cases.interface.states import State
from services.cases.reference.models import StaffMember

MOST = 100  # cases in one transaction
SETTLING = ("handler", "mediator")

_SETTLES_HERE = and_(
    StaffMember.active,
    StaffMember.roles.overlap(SETTLING),
    or_(StaffMember.communities.is_(None), Case.community_id == any_(StaffMember.communities)),
)
_LOST = (
    select(Case, StaffMember.changed_by)
    .join(StaffMember, StaffMember.id == Case.handler_id)
    .where(Case.state == State.DISPATCHED, not_(_SETTLES_HERE))
    .order_by(Case.reported_at, Case.id)
    .limit(MOST)
    .with_for_update(of=Case, skip_locked=True)
)


def return_lost(call: Call) -> int:
    """Return up to MOST cases to the desk. Each return is a step in the history, taken by the admin of the change. The caller
    repeats it while it returns MOST. A case that somebody works on now is left for the next time."""
    found = call.session.execute(_LOST).all()
    for case, changed_by in found:
        by = Identity(account_id=str(changed_by), party="staff") if changed_by else Identity(party="system")
        record(call, case, case.lose_handler(by, call.now))
    return len(found)
