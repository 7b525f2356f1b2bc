"""The notify service as others call and feed it. Nothing is decided here."""

from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Engine

from chassis.background.periodic import periodic
from chassis.config import settings
from chassis.database.engine import transaction
from chassis.messaging.subscribe import Received, subscribe
from chassis.rpc.call import Call
from chassis.service import Payload, Service, command, query
from services.notify import figures, schemas, sender, storage, use_cases
from services.notify.channels import Channel
from services.notify.channels.sms import SmsChannel
from services.notify.channels.sms_providers import provider_of
from services.notify.channels.smtp import Email, Server
from services.notify.messages import BOOKING_READERS, CASES_READERS, EVENTS_READERS

CODES_KEPT = timedelta(days=1)
SINK_KEPT = timedelta(days=7)
_notification = schemas.NotificationAnswer()


class NotifyService(Service):
    name = "notify"
    FIGURES = figures.FIGURES
    figures = staticmethod(figures.waiting)

    @query
    def list_notifications(self, call: Call, payload: Payload) -> Payload:
        inbox = use_cases.list_notifications(call, **schemas.ListNotifications().load(payload))
        items = _notification.dump(inbox.items, many=True)
        return {"items": items, "next_cursor": inbox.next_cursor, "unread_count": inbox.unread_count}

    @query
    def get_notification(self, call: Call, payload: Payload) -> Payload:
        return _dump(use_cases.get_notification(call, **schemas.OneNotification().load(payload)))

    @command
    def mark_read(self, call: Call, payload: Payload) -> Payload:
        return _dump(use_cases.mark_read(call, **schemas.OneNotification().load(payload)))

    @command
    def mark_all_read(self, call: Call, payload: Payload) -> Payload:
        schemas.Nothing().load(payload)
        return {"marked": use_cases.mark_all_read(call), "unread_count": 0}

    @query
    def list_contact_points(self, call: Call, payload: Payload) -> Payload:
        points = use_cases.list_contact_points(call, **schemas.ListContactPoints().load(payload))
        return {"items": [schemas.contact_point_for(point, call.acting) for point in points], "next_cursor": None}

    @command
    def put_contact_point(self, call: Call, payload: Payload) -> Payload:
        point = use_cases.put_contact_point(call, **schemas.PutContactPoint().load(payload))
        return schemas.contact_point_for(point, call.acting)

    @command
    def verify_contact_point(self, call: Call, payload: Payload) -> Payload:
        """A wrong code is an answer (`verified` is false) and no refusal, which would take the lost try back."""
        point = use_cases.verify_contact_point(call, **schemas.VerifyContactPoint().load(payload))
        return schemas.contact_point_for(point, call.acting)

    @command
    def remove_contact_point(self, call: Call, payload: Payload) -> Payload:
        point = use_cases.remove_contact_point(call, **schemas.RemoveContactPoint().load(payload))
        return {"id": str(point.id), "removed": True}

    @command
    def set_language(self, call: Call, payload: Payload) -> Payload:
        return {"language": use_cases.set_language(call, **schemas.SetLanguage().load(payload)).language}

    @command
    def send_code(self, call: Call, payload: Payload) -> Payload:
        notification = use_cases.send_code(call, **schemas.SendCode().load(payload))
        answer: Payload = schemas.CodeAnswer().dump(notification)
        return answer

    @query
    def list_sink_messages(self, call: Call, payload: Payload) -> Payload:
        found = use_cases.list_sink_messages(call, **schemas.ListSinkMessages().load(payload))
        return {"items": [schemas.sink_message_for(message) for message in found.items], "next_cursor": found.next_cursor}

    @subscribe("booking", *BOOKING_READERS, reader=BOOKING_READERS, ordered=True)
    def tell_of_booking(self, call: Call, message: Received) -> None:
        _tell(call, message)

    @subscribe("cases", *CASES_READERS, reader=CASES_READERS, ordered=True)
    def tell_of_case(self, call: Call, message: Received) -> None:
        _tell(call, message)

    @subscribe("events", *EVENTS_READERS, reader=EVENTS_READERS, ordered=True)
    def tell_of_club_event(self, call: Call, message: Received) -> None:
        _tell(call, message)

    @periodic(seconds=1.0, wake_on="notify_email")
    def send_emails(self) -> bool:
        channel = _email()
        return channel is not None and sender.send_next(self.database, channel)

    @periodic(seconds=1.0, wake_on="notify_sms")
    def send_sms(self) -> bool:
        return sender.send_next(self.database, _sms(self.database))

    @periodic(seconds=15.0)
    def give_up_overdue(self) -> bool:
        return sender.give_up_overdue(self.database)

    @periodic(seconds=3600.0)
    def keep_house(self) -> bool:
        """Old codes go, old encryption is renewed."""
        now = datetime.now(UTC)
        with transaction(self.database) as session:
            storage.forget(session, codes_before=now - CODES_KEPT, sink_before=now - SINK_KEPT)
            return use_cases.seal_again(Call(session, now)) > 0


def _tell(call: Call, message: Received) -> None:
    for told in use_cases.tell(call, message.type, message.event_id, message.community_id, message.data):
        if told.state == "delivered":
            figures.notifications.labels(told.channel, told.state).inc()


def _dump(notification: object) -> Payload:
    answer: Payload = _notification.dump(notification)
    return answer


@cache
def _email() -> Channel | None:
    """None while LINLI_SMTP_URL is empty: e-mail is off."""
    config = settings()
    return Email(Server.from_url(config.smtp_url), config.smtp_from) if config.smtp_url else None


@cache
def _sms(database: Engine) -> Channel:
    return SmsChannel(provider_of(settings().sms_provider, database))
