"""Sends what is queued, one at a time, and never twice.

Three steps, two short transactions: take the next notification under a lease; talk to the provider with no
transaction open; write down what came of it. A sender that dies in between leaves a lease that runs out, and the
notification becomes `unknown`: the provider may have it, so it is not sent again. Should the answer of that very
attempt still come in, it counts.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.messaging import outbox
from chassis.observability import telemetry
from services.notify import outgoing
from services.notify.channels import AnswerLost, Channel, Rejected, TryAgain
from services.notify.figures import attempts, notifications
from services.notify.messages import notification_failed, notification_sent
from services.notify.models import Notification
from services.notify.models.delivery import SETTLED
from services.notify.outgoing import Parcel

log = telemetry.get_logger(__name__)
Clock = Callable[[Session], datetime]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to: `delivered`, `try_again`, `rejected` or `lost`."""

    kind: str
    detail: str = ""
    reference: str | None = None
    after: timedelta = timedelta()


def send_next(engine: Engine, channel: Channel, clock: Clock = outgoing.database_clock) -> bool:
    """Send the channel's next notification that is due. True if there may be more to do at once; False if there was
    nothing, or the provider wants to be left alone for a moment."""
    with transaction(engine) as session:
        now = clock(session)
        notification = outgoing.lock_next(session, channel.name, now)
        if notification is None:
            return False
        parcel = outgoing.lease(session, notification, now)
    if parcel is None:
        notifications.labels(channel.name, "cancelled").inc()
        return True
    telemetry.adopt(parcel.headers)
    with telemetry.traces.span(f"notify.send {channel.name}", "client"):
        outcome = _attempt(channel, parcel)
        with transaction(engine) as session:
            state = _write_down(session, parcel, outcome, clock(session))
        telemetry.traces.describe(failed=outcome.kind != "delivered", outcome=outcome.kind)
        log.info("notification attempted", id=str(parcel.id), channel=channel.name, outcome=outcome.kind, detail=outcome.detail)
    attempts.labels(channel.name, outcome.kind).inc()
    if state in SETTLED:
        notifications.labels(channel.name, state).inc()
    return outcome.kind != "try_again"


def give_up_overdue(engine: Engine, clock: Clock = outgoing.database_clock) -> bool:
    """Make one notification `unknown` whose sender did not answer within its lease. True if there was one."""
    with transaction(engine) as session:
        now = clock(session)
        notification = outgoing.lock_overdue(session, now)
        if notification is None:
            return False
        notification.lose(now, "lease_ran_out")
        _announce(session, notification, now)
        log.warning("notification's sender is gone", id=str(notification.id), channel=notification.channel)
    notifications.labels(notification.channel, "unknown").inc()
    return True


def _attempt(channel: Channel, parcel: Parcel) -> Outcome:
    try:
        return Outcome("delivered", reference=channel.send(parcel))
    except TryAgain as error:
        return Outcome("try_again", error.detail, after=error.after)
    except Rejected as error:
        return Outcome("rejected", error.detail)
    except AnswerLost as error:
        return Outcome("lost", error.detail)
    except Exception as error:
        # Only its kind is kept: the text of a provider's error may hold the address or the message.
        log.error("channel broke", channel=channel.name, id=str(parcel.id), error=type(error).__name__)
        return Outcome("lost", f"error_{type(error).__name__}")


def _write_down(session: Session, parcel: Parcel, outcome: Outcome, now: datetime) -> str:
    """Returns the state that the notification has now come to; empty if it has not changed."""
    notification = outgoing.lock_attempt(session, parcel)
    if notification is None:
        log.warning("late answer of an attempt that is settled", id=str(parcel.id), outcome=outcome.kind)
        return ""
    match outcome.kind:
        case "delivered":
            notification.deliver(now, outcome.reference)
        case "rejected":
            notification.fail(now, "rejected", outcome.detail)
        case "try_again":
            luck = random.random()  # noqa: S311  jitter, not a secret
            notification.try_again(now, outcome.detail, luck=luck, at_least=outcome.after)
        case _ if notification.state == "unknown":
            return ""  # as before: still nobody knows
        case _:
            notification.lose(now, outcome.detail)
    _announce(session, notification, now)
    return notification.state


def _announce(session: Session, notification: Notification, now: datetime) -> None:
    """Tell others how it ended. One-time codes are nobody's business."""
    if notification.account_id is None:
        return
    if notification.state == "delivered":
        outbox.add(session, notification_sent(notification, now))
    elif notification.state in ("failed", "unknown"):
        outbox.add(session, notification_failed(notification, now))
