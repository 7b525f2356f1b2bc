"""Encryption of stored personal fields with rotating keys, and keyed hashes to find them."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from chassis.config import DERIVED, settings


@lru_cache(maxsize=1)
def _keys() -> tuple[MultiFernet, tuple[bytes, ...], str]:
    """Return the encryption keys, the keys of fingerprints and the id of the newest keys."""
    config = settings()
    derived = (config.secret, *config.secret_old)
    texts = [text for key in config.index_keys for text in (derived if key == DERIVED else (key,))]
    fingerprint_keys = tuple(hashlib.sha256(b"linli-fingerprint:" + text.encode()).digest() for text in texts)
    newest = hashlib.sha256(b"linli key id" + f"{config.encryption_keys[0]}\n{texts[0]}".encode()).hexdigest()[:12]
    return MultiFernet([Fernet(key) for key in config.encryption_keys]), fingerprint_keys, newest


settings.on_clear(_keys.cache_clear)


def encrypt(plain: bytes) -> bytes:
    """Encrypt `plain` with the newest of LINLI_ENCRYPTION_KEYS."""
    return _keys()[0].encrypt(plain)


def decrypt(sealed: bytes) -> bytes:
    """Decrypt `sealed`. Tries all of LINLI_ENCRYPTION_KEYS. Raises cryptography.fernet.InvalidToken if none fits."""
    return _keys()[0].decrypt(sealed)


def is_newest(sealed: bytes) -> bool:
    """Whether `sealed` was encrypted with the newest of LINLI_ENCRYPTION_KEYS."""
    try:
        Fernet(settings().encryption_keys[0]).decrypt(sealed)
    except InvalidToken:
        return False
    return True


def rotate(sealed: bytes) -> bytes:
    """Encrypt the same plain text again, with the newest key."""
    return _keys()[0].rotate(sealed)


def fingerprint(plain: str) -> str:
    """Return a keyed hash (HMAC-SHA-256, hex) of a personal value, to find or compare it without storing it in plain
    text. It is made with the newest of LINLI_INDEX_KEYS."""
    return _hash(_keys()[1][0], plain)


def fingerprints(plain: str) -> list[str]:
    """Return the fingerprints with all of LINLI_INDEX_KEYS, newest first. Until all rows have the newest one (`linli renew`), a
    value may be stored under any of them."""
    return [_hash(key, plain) for key in _keys()[1]]


def key_id() -> str:
    """Return an id of the newest encryption key and the newest index key. It reveals neither."""
    return _keys()[2]


def _hash(key: bytes, plain: str) -> str:
    return hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()
