"""The addresses of an account, by phone and e-mail."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from cryptography.fernet import InvalidToken

from chassis.database import crypto
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.notify.access import account, account_asked_for, check_gateway, home_of, is_gateway
from services.notify.contact_points.address_codes import is_right_code, mail_code
from services.notify.delivery.content import Content
from services.notify.delivery.storage import enqueue
from services.notify.interface.addresses import EMAIL, SMS
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import render
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import ContactPoint, Recipient

REPLACED: Final = "phone_replaced"
# The upkeep deletes notifications without an account after a day.
TRIED_FOR: Final = timedelta(hours=23)


def list_contact_points(call: Call, *, account_id: UUID | None = None) -> Sequence[ContactPoint]:
    """The contact points of the caller, or of `account_id` for the gateway, without phones of relatives. Raises
    Unauthenticated, Forbidden."""
    found = recipients.list_contact_points(call.session, account_asked_for(call.acting, account_id))
    return [point for point in found if not point.through]


def put_contact_point(
    call: Call,
    *,
    channel: str,
    address: str,
    verified: bool = False,
    account_id: UUID | None = None,
    language: str | None = None,
) -> ContactPoint:
    """Add an address (normalised) to the caller's account. The gateway may name another account with `account_id`, and is
    the only one that may say `verified`.

    A verified address replaces all others of the account and channel, and is taken from any other account. An unverified
    address replaces the account's unverified one; unless the gateway adds it, a code is mailed to an e-mail address, again
    at each call. `language` becomes the account's. Raises Unauthenticated, Forbidden, EmailOff, TooManyCodes."""
    recipient = _lock_recipient(call, account_asked_for(call.acting, account_id))
    if verified:
        check_gateway(call.acting)
    if language:
        recipient.language = language
    indexes = crypto.fingerprints(address)
    recipients.lock_address(call.session, channel, indexes)
    points = recipients.list_contact_points(call.session, recipient.account_id, channel)
    point = next((point for point in points if point.address_index in indexes and not point.through), None)
    point = point or ContactPoint.unverified(recipient, channel, address, call.now)
    _keep(call, point, points, verified=verified or point.verified)
    if channel == EMAIL and not point.verified and not is_gateway(call.acting):
        mail_code(call, point, address, recipient.language)
    return point


def verify_contact_point(call: Call, *, contact_point_id: UUID, code: str) -> ContactPoint:
    """Verify an address of the caller with a code that was mailed to it. After a wrong code the answer's `verified` is
    false. It is not a refusal: that would roll back, and give the try back. Raises Unauthenticated; NotFound for a contact
    point of another account."""
    recipient = _lock_recipient(call, account(call.acting))
    point = recipients.lock_contact_point(call.session, contact_point_id)
    if point is None or point.account_id != recipient.account_id:
        raise NotFound()
    if not point.verified and is_right_code(call, point, code):
        recipients.lock_address(call.session, point.channel, crypto.fingerprints(point.plain_address()))
        points = recipients.list_contact_points(call.session, recipient.account_id, point.channel)
        _keep(call, point, points, verified=True)
    return point


def remove_contact_point(call: Call, *, contact_point_id: UUID, expected_version: int | None = None) -> ContactPoint:
    """Remove a contact point of the caller, or any for the gateway. Its sender cancels what is queued for it. Raises
    Unauthenticated; NotFound for a contact point of another account; VersionMismatch."""
    account_id = None if is_gateway(call.acting) else account(call.acting)
    point = recipients.lock_contact_point(call.session, contact_point_id)
    if point is None or account_id not in (None, point.account_id):
        raise NotFound()
    point.expect_version(expected_version)
    call.session.delete(point)
    return point


def _keep(call: Call, point: ContactPoint, points: Sequence[ContactPoint], *, verified: bool) -> None:
    """Store `point` and delete what it replaces of `points`, the account's contact points of that channel. The recipient
    and the address are locked."""
    if verified:
        indexes = crypto.fingerprints(point.plain_address())
        recipients.take_address_from_others(call.session, point.account_id, point.channel, indexes)
        _tell_replaced(call, point, points)
    for other in points:
        if other is not point and (verified or not other.verified):
            call.session.delete(other)
    call.session.flush()  # the unique constraints need the deletes before the insert or update
    call.session.add(point)
    if verified:
        point.verify(call.now)
    call.session.flush()


def _tell_replaced(call: Call, point: ContactPoint, points: Sequence[ContactPoint]) -> None:
    """Tell the verified phone that `point` replaces. Its owner hears of it also if somebody else has made the change. The SMS
    has the address in itself, because the contact point is deleted, and belongs to no account."""
    if point.channel != SMS:
        return
    for other in points:
        if other is point or not other.verified:
            continue
        try:
            address = other.plain_address()
        except InvalidToken:  # no key fits any more, so nothing can be sent there
            continue
        recipient = recipients.find_recipient(call.session, point.account_id)
        language = recipient.language if recipient else call.language
        text = render(REPLACED, SMS, language, {})
        enqueue(
            call.session,
            Notification.to_send(
                call.now,
                community_id=point.community_id,
                channel=SMS,
                template=REPLACED,
                language=language,
                expires_at=call.now + TRIED_FOR,
                sealed=Content(text.title, text.body, text.variables, address=address).seal(),
            ),
        )


def _lock_recipient(call: Call, account_id: UUID) -> Recipient:
    return recipients.lock_recipient(call.session, account_id, home_of(call))
