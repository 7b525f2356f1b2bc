"""Verifies an e-mail address: a code is mailed to it, and its owner enters the code."""

import secrets

from chassis.database import crypto
from chassis.rpc.call import Call
from services.notify.codes.one_time_codes import count_code, queue_code
from services.notify.contact_points import storage
from services.notify.contact_points.models import LIFE, TRIES, AddressCode
from services.notify.interface.addresses import EMAIL
from services.notify.interface.refusals import EmailOff
from services.notify.recipients.models import ContactPoint
from services.notify.settings import notify_settings

TEMPLATE = "address_code"
DIGITS = 6


def mail_code(call: Call, point: ContactPoint, address: str, language: str) -> None:
    """Mail a code to `address`, the unverified address of `point`. The limits hold per address and per account: nobody can
    flood one address, or write to many. Raises EmailOff, TooManyCodes."""
    if not notify_settings().smtp_url:
        raise EmailOff()
    count_code(call, crypto.fingerprint(f"account {point.account_id}"), point.address_index)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    call.session.add(
        AddressCode(
            contact_point_id=point.id,
            code_hash=crypto.fingerprint(_code_of(point, code)),
            tries_left=TRIES,
            expires_at=call.now + LIFE,
        )
    )
    queue_code(
        call,
        code,
        template=TEMPLATE,
        channel=EMAIL,
        address=address,
        language=language,
        community_id=point.community_id,
        minutes=int(LIFE.total_seconds() // 60),
    )


def is_right_code(call: Call, point: ContactPoint, code: str) -> bool:
    """Whether `code` is one of the valid codes of `point`. A wrong code uses up a try of each of them. The caller must
    commit, or the try is given back."""
    code_hashes = crypto.fingerprints(_code_of(point, code))
    accepted = [valid.accepts(code_hashes) for valid in storage.list_valid_codes(call.session, point.id, call.now)]
    return any(accepted)


def _code_of(point: ContactPoint, code: str) -> str:
    """The text that is hashed. A code is valid for one contact point only."""
    return f"address code {point.id} {code}"
