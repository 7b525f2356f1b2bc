"""JSON that travels with a browser or another client, encrypted with a key that is made from LINLI_SECRET.

While LINLI_SECRET changes, what was sealed under an earlier one is read too. Each purpose has a key of its own, so what was
sealed for one cannot be used for another.
"""

import hmac
from base64 import urlsafe_b64encode
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from gateway.http import current


def seal(purpose: str, said: dict[str, Any]) -> str:
    """`said` as text in ASCII, which only `opened` can read."""
    return _fernet(purpose).encrypt(orjson.dumps(said)).decode()


def opened(purpose: str, token: str, *, seconds: int) -> dict[str, Any] | None:
    """What was sealed for `purpose`. None if the token is not ours, or older than `seconds`."""
    if not token:
        return None
    try:
        said: dict[str, Any] = orjson.loads(_fernet(purpose).decrypt(token.encode(), ttl=seconds))
    except (InvalidToken, UnicodeEncodeError):
        return None
    return said


def _fernet(purpose: str) -> MultiFernet:
    config = current.settings()
    keys = (
        hmac.digest(secret.encode(), f"linli {purpose}".encode(), "sha256") for secret in (config.secret, *config.secret_old)
    )
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])
