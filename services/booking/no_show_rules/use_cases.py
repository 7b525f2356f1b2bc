"""See the rule of a community about no-shows, and set it: its admins may."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import administers
from services.booking.calendar import revision
from services.booking.changes.recording import record
from services.booking.interface.no_show_rules import USUAL
from services.booking.no_show_rules.models import NoShowRule


def get_no_show_rule(call: Call, *, community_id: str) -> NoShowRule:
    """Everybody may know it. A community that has set none has one that is off."""
    return _find(call.session, community_id) or _new(call, community_id)


def set_no_show_rule(
    call: Call,
    *,
    community_id: str,
    active: bool,
    tolerated: int,
    forget_days: int,
    days_ahead: int | None = None,
    expected_version: int | None = None,
) -> NoShowRule:
    """Set the rule, at once. What it is already changes nothing. Raises Unauthenticated, Forbidden, NotFound for a community in
    which the caller is no admin, VersionMismatch."""
    if not administers(call.acting, community_id):
        raise NotFound(community_id=community_id)
    revision.begin_change(call.session, community_id)  # one change at a time, and bookings see the old rule or the new one
    rule = _find(call.session, community_id)
    before = None if rule is None else rule.facts()
    if rule is None:
        rule = _new(call, community_id)
        call.session.add(rule)
    else:
        rule.expect_version(expected_version)
    rule.active, rule.tolerated, rule.forget_days, rule.days_ahead = active, tolerated, forget_days, days_ahead
    if rule.facts() != before:
        if before is not None:
            rule.changed()
        rule.changed_at = call.now
        action = "created" if before is None else "changed"
        about = {"before": before, "after": rule.facts()}
        record(call, "no_show_rule", community_id, action, community_id=community_id, version=rule.version, **about)
    return rule


def _find(session: Session, community_id: str) -> NoShowRule | None:
    return session.scalar(select(NoShowRule).where(NoShowRule.community_id == community_id))


def _new(call: Call, community_id: str) -> NoShowRule:
    return NoShowRule(community_id=community_id, active=False, changed_at=call.now, **USUAL)
