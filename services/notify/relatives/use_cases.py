"""What the gateway says about the relatives of an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import crypto
from chassis.rpc.call import Call
from services.notify.access import check_gateway, home_of
from services.notify.interface.addresses import SMS
from services.notify.recipients import storage as recipients
from services.notify.recipients.models import ContactPoint, Recipient
from services.notify.relatives import storage


@dataclass(frozen=True, slots=True)
class Put:
    account_id: UUID


def put_relatives(
    call: Call,
    *,
    account_id: UUID,
    phone: str | None = None,
    name: str | None = None,
    guardian_ids: Sequence[UUID] = (),
    until: datetime | None = None,
) -> Put:
    """Replace the phone (normalised) of somebody else under which the account is reached, and its guardians. Raises
    Forbidden."""
    check_gateway(call.acting)
    recipient = recipients.lock_recipient(call.session, account_id, home_of(call))
    _put_phone(call, recipient, phone, name)
    storage.replace_guardians(call.session, account_id, guardian_ids, until)
    return Put(account_id)


def _put_phone(call: Call, recipient: Recipient, phone: str | None, name: str | None) -> None:
    points = recipients.list_contact_points(call.session, recipient.account_id, SMS)
    point = next((point for point in points if point.through), None)
    if point is not None and (phone is None or point.address_index != crypto.fingerprint(phone)):
        call.session.delete(point)
        call.session.flush()  # the unique constraint needs the delete before the insert
        point = None
    if phone is None:
        return
    if point is None:
        point = ContactPoint.unverified(recipient, SMS, phone, call.now)
        point.through = True
        call.session.add(point)
    point.sealed_name = crypto.encrypt(name.encode()) if name else None
    call.session.flush()
