"""Where and in which language a person wants to be told."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from chassis.config import settings
from chassis.database import crypto
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden, NotFound
from services.notify import storage
from services.notify.models import ContactPoint, Recipient
from services.notify.models.notification import EMAIL
from services.notify.use_cases import address_codes

GATEWAY = "gateway"
SEALED_FOR = timedelta(days=30)


def put_contact_point(
    call: Call,
    *,
    channel: str,
    address: str,
    verified: bool = False,
    account_id: UUID | None = None,
    language: str | None = None,
) -> ContactPoint:
    """Add an address of one's own, or, in scope `gateway`, of `account_id`, which alone may say that it is verified.
    A verified address replaces the account's others of that channel and is taken from any other account; one that is
    not replaces the one that waits for its proof; an e-mail address of one's own is mailed a code for it, again each
    time. `address` is normalised. Raises Unauthenticated, Forbidden, EmailOff, TooManyCodes."""
    recipient = _recipient(call, account_id)
    if verified and GATEWAY not in call.acting.scopes:
        raise Forbidden(needs=["gateway"])
    if language:
        recipient.language = language
    index = crypto.fingerprint(address)
    storage.lock_address(call.session, channel, index)
    points = [p for p in storage.contact_points(call.session, recipient.account_id) if p.channel == channel]
    same = next((p for p in points if p.address_index == index), None)
    verified = verified or bool(same and same.verified)
    if verified:
        storage.take_from_others(call.session, recipient.account_id, channel, index)
    for point in points:
        if point is not same and (verified or not point.verified):
            call.session.delete(point)
    call.session.flush()  # the places are free before they are taken
    point = same or _new_point(call, recipient, channel, address, index)
    if verified:
        point.verify(call.now)
    call.session.flush()
    if channel == EMAIL and not point.verified and GATEWAY not in call.acting.scopes:
        address_codes.mail_code(call, recipient, point, address)
    return point


def verify_contact_point(call: Call, contact_point_id: UUID, code: str) -> ContactPoint:
    """Prove an address of one's own with a code that was mailed there. `verified` of what comes back says whether it
    was right. Raises Unauthenticated, NotFound for one that is not one's own."""
    recipient = _recipient(call, None)  # whoever changes this account's contact points waits for the lock
    point = storage.lock_contact_point(call.session, contact_point_id)
    if point is None or point.account_id != recipient.account_id:
        raise NotFound()
    if point.verified or not address_codes.redeem(call, point, code):
        return point
    storage.lock_address(call.session, point.channel, point.address_index)
    storage.take_from_others(call.session, point.account_id, point.channel, point.address_index)
    if (before := storage.proven(call.session, point.account_id).get(point.channel)) is not None:
        call.session.delete(before)
    call.session.flush()  # the place is free before it is taken
    point.verify(call.now)
    call.session.flush()
    return point


def list_contact_points(call: Call, account_id: UUID | None = None) -> Sequence[ContactPoint]:
    """One's own; in scope `gateway` those of `account_id`. Raises Unauthenticated, Forbidden."""
    return storage.contact_points(call.session, _whose(call, account_id))


def remove_contact_point(call: Call, contact_point_id: UUID, expected_version: int | None = None) -> ContactPoint:
    """What waits to be sent there is cancelled by its sender. Raises NotFound for one that is not one's own (scope
    `gateway` may remove any), VersionMismatch."""
    anyones = GATEWAY in call.acting.scopes
    account_id = None if anyones else call.acting.signed_in()
    point = storage.lock_contact_point(call.session, contact_point_id)
    if point is None or not (anyones or str(point.account_id) == account_id):
        raise NotFound()
    point.expect_version(expected_version)
    call.session.delete(point)
    return point


def set_language(call: Call, language: str) -> Recipient:
    """In which language one is told from now on."""
    recipient = _recipient(call, None)
    recipient.language = language
    return recipient


def seal_again(call: Call, limit: int = 200) -> int:
    """Encrypt with the newest key what was encrypted a month ago, so that an old key can be retired after a month.
    Returns how many."""
    points = storage.sealed_before(call.session, call.now - SEALED_FOR, limit)
    for point in points:
        point.address, point.sealed_at = crypto.rotate(point.address), call.now
    return len(points)


def _new_point(call: Call, recipient: Recipient, channel: str, address: str, index: str) -> ContactPoint:
    point = ContactPoint(
        community_id=recipient.community_id,
        account_id=recipient.account_id,
        channel=channel,
        address=crypto.encrypt(address.encode()),
        address_index=index,
        sealed_at=call.now,
        verified=False,
        created_at=call.now,
    )
    call.session.add(point)
    return point


def _recipient(call: Call, account_id: UUID | None) -> Recipient:
    whose = _whose(call, account_id)
    return storage.lock_recipient(call.session, whose, call.acting.community_id or settings().community)


def _whose(call: Call, account_id: UUID | None) -> UUID:
    if account_id is None:
        return UUID(call.acting.signed_in())
    if GATEWAY not in call.acting.scopes and call.acting.signed_in() != str(account_id):
        raise Forbidden(needs=["gateway"])
    return account_id
