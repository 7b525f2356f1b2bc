"""Codes for signing in, and the demo's sink, where they can be read."""

from chassis.config import settings
from chassis.database import crypto
from chassis.database.pagination import Page
from chassis.rpc.call import Call
from services.notify.access import check_gateway
from services.notify.codes.one_time_codes import count_code, queue_code
from services.notify.delivery import storage as delivery
from services.notify.delivery.channels.providers import SINK
from services.notify.delivery.models import SinkMessage
from services.notify.interface.addresses import SMS
from services.notify.interface.refusals import NoSink
from services.notify.notifications.models import Notification
from services.notify.settings import notify_settings

TEMPLATE = "sign_in_code"


def send_code(call: Call, *, phone: str, code: str, minutes: int) -> Notification:
    """Send `code`, which is valid for `minutes`, to `phone` (normalised) by SMS. Nothing is published about it. Raises
    Forbidden for a caller other than the gateway; TooManyCodes."""
    check_gateway(call.acting)
    count_code(call, crypto.fingerprint(phone))
    return queue_code(
        call,
        code,
        template=TEMPLATE,
        channel=SMS,
        address=phone,
        language=call.language,
        community_id=call.community_id,
        minutes=minutes,
    )


def list_sink_messages(call: Call, *, limit: int, phone: str | None = None, cursor: str | None = None) -> Page[SinkMessage]:
    """The text messages that the sink took, to `phone` (normalised) or to all, newest first. Raises Unauthenticated;
    Forbidden for a caller who is not an admin; NoSink if text messages go to real phones, and outside the demo: who reads the
    codes of others can sign in as them."""
    call.acting.require_role("admin")
    if notify_settings().sms_provider != SINK or not settings().demo:
        raise NoSink()
    indexes = crypto.fingerprints(phone) if phone else None
    return delivery.list_sink_messages(call.session, indexes, limit=limit, cursor=cursor)
