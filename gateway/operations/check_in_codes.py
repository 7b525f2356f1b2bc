"""The codes of check-in: text that stands for a booking, signed so that nobody can make one up.

A code is what is in a QR code and what a scanner types. It has the id of the booking and a part of an HMAC, whose key is made
from LINLI_SECRET. While LINLI_SECRET changes, codes that were signed with an earlier one are read too.
"""

import hmac
from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from gateway.calls import client
from gateway.http import current
from gateway.refusals.check_ins import CodeNotOurs

PAGE: Final = "/q/"  # the path of the address in a QR code, before the code
_PURPOSE: Final = b"linli check-in of a booking"
_SIGNATURE: Final = 10  # bytes; nobody can try 2^80 codes
Json = dict[str, Any]


def code_of(booking_id: str) -> str:
    """The code of a booking: letters and digits that a scanner types and people can read out."""
    id_ = UUID(booking_id).bytes
    return b32encode(id_ + next(_signatures(id_))).decode().rstrip("=").lower()


def booking_of(scanned: str) -> str:
    """The id of the booking whose code was scanned: the code itself, or an address that ends with it. Raises CodeNotOurs."""
    code = scanned.strip().rstrip("/").rpartition("/")[2].upper()
    try:
        raw = b32decode(code + "=" * (-len(code) % 8))
    except (Error, ValueError):
        raise CodeNotOurs() from None
    id_, signature = raw[:16], raw[16:]
    if not any(hmac.compare_digest(signature, ours) for ours in _signatures(id_)):
        raise CodeNotOurs()
    return str(UUID(bytes=id_))


def check_in(scanned: str) -> Json:
    """Check in the booking whose code was scanned at the desk. Raises CodeNotOurs, and the refusals of booking: NotFound for a
    booking of another community."""
    return {**client.booking.check_in(booking_id=booking_of(scanned))}


def _signatures(id_: bytes) -> Iterator[bytes]:
    """By the present secret first."""
    config = current.settings()
    for secret in (config.secret, *config.secret_old):
        key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
        yield hmac.digest(key, id_, "sha256")[:_SIGNATURE]
