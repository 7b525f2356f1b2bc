"""Sends queued notifications, one at a time, and never twice.

There are three steps and two short transactions. The sender leases the next notification. It talks to the provider while
no transaction is open. It stores the outcome.

If a sender crashes in between, its lease expires and the notification becomes `unknown`: the provider may have accepted it,
so it is not sent again. If the answer to that attempt still arrives, it is stored.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from chassis.database.engine import expect_no_open_session, transaction
from chassis.messaging import outbox
from chassis.observability import telemetry
from services.notify.delivery import storage
from services.notify.delivery.channels import AnswerLost, Channel, Rejected, TryAgain
from services.notify.delivery.gauges import attempts, notifications
from services.notify.delivery.parcel import Parcel, lease_parcel
from services.notify.notifications.delivery_status import SETTLED
from services.notify.notifications.messages import notification_failed, notification_sent
from services.notify.notifications.models import Notification

log = telemetry.get_logger(__name__)
Clock = Callable[[Session], datetime]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one attempt. `kind` is `delivered`, `try_again`, `rejected` or `lost`."""

    kind: str
    detail: str = ""
    reference: str | None = None
    after: timedelta = timedelta()


def send_next(engine: Engine, channel: Channel, clock: Clock = storage.database_clock) -> bool:
    """Send the channel's next notification that is due. Returns True if the caller should call again at once; False if
    nothing is due or the provider failed, so the caller should wait."""
    with transaction(engine) as session:
        now = clock(session)
        notification = storage.lock_next(session, channel.name, now)
        if notification is None:
            return False
        parcel = lease_parcel(session, notification, now)
    if parcel is None:
        notifications.labels(channel.name, "cancelled").inc()
        return True
    telemetry.adopt(parcel.headers)
    with telemetry.traces.span(f"notify.send {channel.name}", "client"):
        outcome = _attempt(channel, parcel)
        with transaction(engine) as session:
            state = _store(session, parcel, outcome, clock(session))
        telemetry.traces.describe(failed=outcome.kind != "delivered", outcome=outcome.kind)
        log.info("notification attempted", id=str(parcel.id), channel=channel.name, outcome=outcome.kind, detail=outcome.detail)
    attempts.labels(channel.name, outcome.kind).inc()
    if state in SETTLED:
        notifications.labels(channel.name, state).inc()
    return outcome.kind != "try_again"


def give_up_overdue(engine: Engine, clock: Clock = storage.database_clock) -> bool:
    """Make one notification `unknown` whose lease has expired. Returns True if there was one."""
    with transaction(engine) as session:
        now = clock(session)
        notification = storage.lock_overdue(session, now)
        if notification is None:
            return False
        notification.lose(now, "lease_ran_out")
        _announce(session, notification, now)
        log.warning("notification's sender is gone", id=str(notification.id), channel=notification.channel)
    notifications.labels(notification.channel, "unknown").inc()
    return True


def _attempt(channel: Channel, parcel: Parcel) -> Outcome:
    expect_no_open_session(f"sending by {channel.name}")
    try:
        return Outcome("delivered", reference=channel.send(parcel))
    except TryAgain as error:
        return Outcome("try_again", error.detail, after=error.after)
    except Rejected as error:
        return Outcome("rejected", error.detail)
    except AnswerLost as error:
        return Outcome("lost", error.detail)
    except Exception as error:
        # Log the type only: the text of a provider's error may contain the address or the message.
        log.error("channel broke", channel=channel.name, id=str(parcel.id), error=type(error).__name__)
        return Outcome("lost", f"error_{type(error).__name__}")


def _store(session: Session, parcel: Parcel, outcome: Outcome, now: datetime) -> str:
    """Apply the outcome. Returns the new state, or an empty string if nothing has changed."""
    notification = storage.lock_attempt(session, parcel.id, parcel.attempt)
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
            return ""  # it stays unknown
        case _:
            notification.lose(now, outcome.detail)
    _announce(session, notification, now)
    return notification.state


def _announce(session: Session, notification: Notification, now: datetime) -> None:
    """Publish a final state. Nothing is published about one-time codes."""
    if notification.account_id is None:
        return
    if notification.state == "delivered":
        outbox.add(session, notification_sent(notification, now))
    elif notification.state in ("failed", "unknown"):
        outbox.add(session, notification_failed(notification, now))
