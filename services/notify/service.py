"""The notify service: the verbs of its features, its subscriptions, and its periodic work."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Engine

from chassis.background.expiry import REST, Expiry, PartitionExpiry
from chassis.background.periodic import periodic
from chassis.database.engine import transaction
from chassis.messaging.batches import subscribe_in_batches
from chassis.messaging.directory import CommunityRead
from chassis.messaging.hints import Hints
from chassis.messaging.merging import AccountMergedRead
from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.call import Call
from chassis.service import Service
from services.notify import upkeep
from services.notify.codes import use_cases as codes
from services.notify.communities import storage as communities
from services.notify.contact_points import use_cases as contact_points
from services.notify.delivery import gauges, sender
from services.notify.delivery.channels import Channel
from services.notify.delivery.channels.providers import provider_of
from services.notify.delivery.channels.sms import SmsChannel
from services.notify.delivery.channels.smtp import Email, Server
from services.notify.erasure import use_cases as erasure
from services.notify.erasure.messages import ErasureSettledRead
from services.notify.feed import pruning
from services.notify.feed import storage as feed
from services.notify.feed import use_cases as feed_use_cases
from services.notify.feed.growth import Growth
from services.notify.interface import NOTIFY
from services.notify.merged_accounts import use_cases as merged_accounts
from services.notify.notifications import use_cases as notifications
from services.notify.notifications.models import Notification
from services.notify.recipients import substitutes
from services.notify.recipients import use_cases as recipients
from services.notify.relatives import use_cases as relatives
from services.notify.reminders import sending
from services.notify.reminders import use_cases as reminders
from services.notify.routing.messages import (
    ACCOUNT_READERS,
    BOOKING_READERS,
    CASES_READERS,
    EVENTS_READERS,
    SUBSTITUTION_READERS,
)
from services.notify.routing.use_cases import notify_recipients
from services.notify.settings import notify_settings


class NotifyService(Service):
    name = "notify"
    interface = NOTIFY
    use_cases = (notifications, contact_points, recipients, relatives, reminders, codes, feed_use_cases)
    hints = Hints()
    GAUGES = gauges.GAUGES
    gauges = staticmethod(gauges.waiting)

    # The names of the handlers are in the names of their queues, so they stay.
    @subscribe("booking", *BOOKING_READERS, reader=BOOKING_READERS, ordered=True)
    def tell_of_booking(self, call: Call, message: Received) -> None:
        _notify(call, message)
        _keep_reminder(call, message)

    @subscribe("cases", *CASES_READERS, reader=CASES_READERS, ordered=True)
    def tell_of_case(self, call: Call, message: Received) -> None:
        _notify(call, message)

    @subscribe("events", *EVENTS_READERS, reader=EVENTS_READERS, ordered=True)
    def tell_of_club_event(self, call: Call, message: Received) -> None:
        _notify(call, message)
        _keep_reminder(call, message)

    @subscribe("gateway", *ACCOUNT_READERS, reader=ACCOUNT_READERS, ordered=True)
    def tell_of_account(self, call: Call, message: Received) -> None:
        _notify(call, message)

    @subscribe("gateway", *SUBSTITUTION_READERS, reader=SUBSTITUTION_READERS, ordered=True)
    def tell_of_substitution(self, call: Call, message: Received) -> None:
        substitutes.keep(call.session, community_id=message.community_id, **message.data)
        _notify(call, message)

    @subscribe("gateway", "community.changed.v1", reader=CommunityRead)
    def keep_community(self, call: Call, message: Received) -> None:
        communities.keep_community(call.session, **message.data)

    @subscribe("gateway", "account.erasure_settled.v1", reader=ErasureSettledRead)
    def erase_account(self, call: Call, message: Received) -> None:
        merged_accounts.erase_merged(call, message.data["account_id"])
        erasure.erase_account(call, community_id=message.community_id, **message.data)

    @classmethod
    def erase_returned(cls, call: Call) -> int:
        return erasure.erase_returned(call)

    # The name of the handler is in the name of its queue, so it stays. Merges are remembered, so order does not matter.
    @subscribe("gateway", "account.merged.v1", reader=AccountMergedRead)
    def move_to_merged_account(self, call: Call, message: Received) -> None:
        merged_accounts.account_merged(call, **message.data)

    @periodic(seconds=600.0)
    def move_what_came_late(self) -> None:
        with transaction(self.database) as session:
            merged_accounts.move_what_came_late(Call(session, datetime.now(UTC)))

    # --- the district feed ---

    @subscribe_in_batches("booking", "booking.#", "calendar.#")
    def feed_booking(self, call: Call, messages: Sequence[Received]) -> None:
        feed.append(call.session, messages, call.now)

    @subscribe_in_batches("cases", "case.#")
    def feed_cases(self, call: Call, messages: Sequence[Received]) -> None:
        feed.append(call.session, messages, call.now)

    @subscribe_in_batches("events", "club.#", "club_event.#", "registration.#")
    def feed_events(self, call: Call, messages: Sequence[Received]) -> None:
        feed.append(call.session, messages, call.now)

    @subscribe_in_batches("notify", "notification.#")
    def feed_notify(self, call: Call, messages: Sequence[Received]) -> None:
        feed.append(call.session, messages, call.now)

    @subscribe_in_batches("gateway", "community.#", "grid.#", "department.#", "account.erased.v1", "account.merged.v1")
    def feed_directory(self, call: Call, messages: Sequence[Received]) -> None:
        feed.append(call.session, messages, call.now)

    @periodic(seconds=1.0, wake_on=feed.CHANNEL)
    def tell_of_growth(self) -> bool:
        """Also runs every second, because a message can be read only after older transactions have ended."""
        return _growth(self.database).tell(self.database, self.hints)

    @periodic(seconds=600.0, rest=REST)
    def keep_feed(self) -> bool:
        return pruning.keep_house(self.database, datetime.now(UTC))

    # --- sending ---

    @periodic(seconds=1.0, wake_on="notify_email")
    def send_emails(self) -> bool:
        channel = _email()
        return channel is not None and sender.send_next(self.database, channel)

    @periodic(seconds=1.0, wake_on="notify_sms")
    def send_sms(self) -> bool:
        return sender.send_next(self.database, _sms(self.database))

    @periodic(seconds=5.0)
    def send_reminders(self) -> bool:
        with transaction(self.database) as session:
            new, more = sending.send_due(Call(session, datetime.now(UTC)))
        _count(new)
        return more

    @periodic(seconds=15.0)
    def give_up_overdue(self) -> bool:
        return sender.give_up_overdue(self.database)

    @periodic(seconds=3600.0)
    def keep_house(self) -> bool:
        with transaction(self.database) as session:
            return upkeep.renew_addresses(session, datetime.now(UTC)) > 0

    @classmethod
    def expiries(cls) -> Sequence[Expiry | PartitionExpiry]:
        return upkeep.expiries()


def _notify(call: Call, message: Received) -> None:
    _count(notify_recipients(call, message.type, message.event_id, message.community_id, message.data))


def _keep_reminder(call: Call, message: Received) -> None:
    reminders.keep_reminder(call, message.type, message.version, message.community_id, message.data)


def _count(new: Sequence[Notification]) -> None:
    for one in new:
        if one.state == "delivered":
            gauges.notifications.labels(one.channel, one.state).inc()


@cache
def _email() -> Channel | None:
    """None if LINLI_SMTP_URL is empty: e-mail is off."""
    config = notify_settings()
    return Email(Server.from_url(config.smtp_url), config.smtp_from) if config.smtp_url else None


@cache
def _growth(database: Engine) -> Growth:
    return Growth()


@cache
def _sms(database: Engine) -> Channel:
    return SmsChannel(provider_of(notify_settings().sms_provider, database))
