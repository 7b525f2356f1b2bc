"""One-time codes for signing in, and the demo's sink where one finds them."""

from datetime import timedelta
from math import ceil

from chassis.config import settings
from chassis.database import crypto
from chassis.database.pagination import DEFAULT_LIMIT, Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden
from services.notify import outgoing, storage
from services.notify.interface.refusals import NoSink, TooManyCodes
from services.notify.models import Notification, SinkMessage
from services.notify.models.notification import SMS
from services.notify.rendering import render
from services.notify.sealed import Content
from services.notify.use_cases.contact_points import GATEWAY

TEMPLATE = "sign_in_code"


def send_code(call: Call, *, phone: str, code: str, minutes: int) -> Notification:
    """Send `code` to `phone` (normalised) by SMS, ahead of everything else, unless it cannot be sent while it is
    valid (`minutes`). Neither is readable in the database, and both are gone once sent; nothing is published.
    Raises Forbidden without scope `gateway`, TooManyCodes."""
    if GATEWAY not in call.acting.scopes:
        raise Forbidden(needs=[GATEWAY])
    allowance = storage.lock_allowance(call.session, crypto.fingerprint(phone), call.now)
    if wait := allowance.wait(call.now):
        raise TooManyCodes(retry_after=ceil(wait.total_seconds()))
    allowance.count(call.now)
    text = render(TEMPLATE, SMS, call.language, {"code": code, "minutes": minutes})
    notification = Notification.to_send(
        call.now,
        urgent=True,
        community_id=call.acting.community_id or settings().community,
        channel=SMS,
        template=TEMPLATE,
        language=call.language,
        expires_at=call.now + timedelta(minutes=minutes),
        sealed=Content(text.title, text.body, text.variables, address=phone).seal(),
    )
    return outgoing.enqueue(call.session, notification)


def list_sink_messages(
    call: Call, *, phone: str | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[SinkMessage]:
    """What the sink took, newest first, of `phone` (normalised) or of all. Raises Unauthenticated, Forbidden for
    anybody but an admin, NoSink where SMS go to real phones."""
    call.acting.require_role("admin")
    if settings().sms_provider != "sink":
        raise NoSink()
    index = crypto.fingerprint(phone) if phone else None
    return storage.sink_page(call.session, index, limit=limit, cursor=cursor)
