"""Personal fields at rest: encrypted with rotating keys, and findable by a keyed fingerprint."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet

from chassis.config import settings


@lru_cache(maxsize=1)
def _keys() -> tuple[MultiFernet, bytes]:
    config = settings()
    fingerprint_key = hashlib.sha256(b"linli-fingerprint:" + config.secret.encode()).digest()
    return MultiFernet([Fernet(key) for key in config.encryption_keys]), fingerprint_key


def encrypt(plain: bytes) -> bytes:
    """Encrypted with the newest of LINLI_ENCRYPTION_KEYS."""
    return _keys()[0].encrypt(plain)


def decrypt(sealed: bytes) -> bytes:
    """Decrypted with whichever key made it. Raises cryptography.fernet.InvalidToken if none did."""
    return _keys()[0].decrypt(sealed)


def rotate(sealed: bytes) -> bytes:
    """The same plain text, encrypted again with the newest key."""
    return _keys()[0].rotate(sealed)


def fingerprint(plain: str) -> str:
    """A keyed hash (HMAC-SHA-256, hex) to find or compare a personal value without storing it readable."""
    return hmac.new(_keys()[1], plain.encode(), hashlib.sha256).hexdigest()
