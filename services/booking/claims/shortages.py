"""Tells other services what became of the equipment of their times, when a unit broke, or there are fewer or more things."""

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, joinedload

from chassis.messaging import outbox
from chassis.messaging.contracts import Message
from chassis.rpc.call import Call
from services.booking.claims import messages
from services.booking.claims.alternatives import offer_alternatives
from services.booking.claims.equipped import short_of
from services.booking.claims.models import Asked, ClaimedTime, NotPossible
from services.booking.claims.use_cases import timetables_of
from services.booking.equipment.models import EquipmentKind, EquipmentUse

BATCH = 20  # messages in a transaction


def tell_next(call: Call) -> bool:
    """Announce for some sessions that equipment which they had is missing, or that they have it again, and note that it was
    told. Nobody is told of a session that has started. Returns whether there may be more. Two replicas tell different ones,
    and a request that replaces the session meanwhile waits."""
    untold = _untold(call.session)
    for use, time, kind in untold:
        use.told = use.state
        use.times_told += 1
        if time.starts_at > call.now:
            outbox.add(call.session, _message(call, use, time, kind))
    call.session.flush()
    return len(untold) == BATCH


def _message(call: Call, use: EquipmentUse, time: ClaimedTime, kind: EquipmentKind) -> Message:
    if use.state == "claimed":
        return messages.claim_restored(time.claim_request, use.id, [time.holder_id], call.now, version=use.times_told)
    wanted = ((kind.id, use.quantity),)
    asked = Asked(time.holder_id, tuple(time.space_ids), time.starts_at, time.ends_at, time.people, wanted)
    reason = short_of(call, asked, [kind])
    timetable = timetables_of(call, time.community_id, [asked]).get(asked.space_ids[0])
    offers = offer_alternatives(call, asked, timetable, ()) if timetable else []
    told = NotPossible(asked, reason.space_id, reason.refusal, offers)
    return messages.claim_disrupted(time.claim_request, use.id, [told], call.now, version=use.times_told)


def _untold(session: Session) -> list[Row[EquipmentUse, ClaimedTime, EquipmentKind]]:
    lost = (EquipmentUse.state == "lost") & EquipmentUse.told.is_distinct_from("lost")
    regained = (EquipmentUse.state == "claimed") & (EquipmentUse.told == "lost")
    statement = (
        select(EquipmentUse, ClaimedTime, EquipmentKind)
        .join(ClaimedTime, ClaimedTime.holder_id == EquipmentUse.session_id)
        .join(EquipmentKind, EquipmentKind.id == EquipmentUse.kind_id)
        .options(joinedload(ClaimedTime.claim_request, innerjoin=True))
        .where(or_(lost, regained))
        .order_by(EquipmentUse.id)
        .limit(BATCH)
        .with_for_update(of=EquipmentUse, skip_locked=True)
    )
    return list(session.execute(statement))
