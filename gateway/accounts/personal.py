"""Encryption of personal fields in the database, with lookup by their exact value and with key rotation.

A value is encrypted with the newest key. Older keys can still decrypt. A keyed hash (a blind index) is stored beside a phone
number, so that it can be found without decrypting every row. Each encryption key has its own hash key. Lookups try the hashes
of all keys until `gateway.accounts.rotation` has renewed all rows.
"""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, MultiFernet


class PersonalFields:
    """`keys` are Fernet keys, newest first (LINLI_ENCRYPTION_KEYS)."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._index_keys = [hmac.digest(key.encode(), b"linli blind index", "sha256") for key in keys]
        # Identifies the newest key without revealing it. A query finds the rows of older keys by it.
        self.key_id = hashlib.sha256(b"linli key id" + keys[0].encode()).hexdigest()[:12]

    def seal(self, value: str) -> bytes:
        return self._fernet.encrypt(value.encode())

    def open(self, sealed: bytes) -> str:
        """The decrypted value. Raises cryptography.fernet.InvalidToken if no key fits."""
        return self._fernet.decrypt(sealed).decode()

    def renew(self, sealed: bytes) -> bytes:
        """The same value, encrypted with the newest key."""
        return self._fernet.rotate(sealed)

    def index(self, value: str) -> bytes:
        """The blind index to store."""
        return self._hash(self._index_keys[0], value)

    def indexes(self, value: str) -> list[bytes]:
        """All blind indexes under which the value may be stored."""
        return [self._hash(key, value) for key in self._index_keys]

    @staticmethod
    def _hash(key: bytes, value: str) -> bytes:
        return hmac.digest(key, value.encode(), "sha256")
