"""Proving an e-mail address: a code goes there, and whoever gave the address brings it back."""

import secrets
from datetime import timedelta
from math import ceil

from chassis.config import settings
from chassis.database import crypto
from chassis.rpc.call import Call
from services.notify import outgoing, storage
from services.notify.interface.refusals import EmailOff, TooManyCodes
from services.notify.models import AddressCode, ContactPoint, Notification, Recipient
from services.notify.models.address_code import LIFE, TRIES
from services.notify.models.notification import EMAIL
from services.notify.rendering import render
from services.notify.sealed import Content

TEMPLATE = "address_code"


def mail_code(call: Call, recipient: Recipient, point: ContactPoint, address: str) -> None:
    """Mail a code to the address that waits for its proof. Raises EmailOff, TooManyCodes: neither may one address be
    flooded, nor one account write to many."""
    if not settings().smtp_url:
        raise EmailOff()
    _count(call, crypto.fingerprint(f"account {point.account_id}"), point.address_index)
    code = f"{secrets.randbelow(10**6):06d}"
    expires_at = call.now + LIFE
    call.session.add(
        AddressCode(contact_point_id=point.id, code_hash=_hash(point, code), tries_left=TRIES, expires_at=expires_at)
    )
    minutes = int(LIFE.total_seconds() // 60)
    text = render(TEMPLATE, EMAIL, recipient.language, {"code": code, "minutes": minutes})
    notification = Notification.to_send(
        call.now,
        urgent=True,
        community_id=point.community_id,
        channel=EMAIL,
        template=TEMPLATE,
        language=recipient.language,
        expires_at=expires_at,
        # Not by its contact point: those are told things at proven addresses only.
        sealed=Content(text.title, text.body, text.variables, address=address).seal(),
    )
    outgoing.enqueue(call.session, notification)


def redeem(call: Call, point: ContactPoint, code: str) -> bool:
    """Whether it is one of the codes that were mailed there. A wrong one costs each of them a try, which counts only if
    the transaction commits."""
    code_hash = _hash(point, code)
    return any([one.accepts(code_hash) for one in storage.address_codes(call.session, point.id, call.now)])  # noqa: C419  all of them


def _count(call: Call, *indexes: str) -> None:
    allowances = [storage.lock_allowance(call.session, index, call.now) for index in indexes]
    if wait := max((allowance.wait(call.now) for allowance in allowances), default=timedelta()):
        raise TooManyCodes(retry_after=ceil(wait.total_seconds()))
    for allowance in allowances:
        allowance.count(call.now)


def _hash(point: ContactPoint, code: str) -> str:
    return crypto.fingerprint(f"address code {point.id} {code}")
