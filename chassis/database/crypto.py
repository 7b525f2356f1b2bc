"""Encryption of stored personal fields with rotating keys, and keyed hashes to find them."""

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
    """Encrypt `plain` with the newest of LINLI_ENCRYPTION_KEYS."""
    return _keys()[0].encrypt(plain)


def decrypt(sealed: bytes) -> bytes:
    """Decrypt `sealed`. Tries all of LINLI_ENCRYPTION_KEYS. Raises cryptography.fernet.InvalidToken if none fits."""
    return _keys()[0].decrypt(sealed)


def rotate(sealed: bytes) -> bytes:
    """Encrypt the same plain text again, with the newest key."""
    return _keys()[0].rotate(sealed)


def fingerprint(plain: str) -> str:
    """Return a keyed hash (HMAC-SHA-256, hex) of a personal value, to find or compare it without storing it in plain
    text."""
    return hmac.new(_keys()[1], plain.encode(), hashlib.sha256).hexdigest()
