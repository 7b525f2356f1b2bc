"""Encryption of personal fields in the database, with lookup by their exact value and with key rotation.

A value is encrypted with the newest key. Older keys can still decrypt. A keyed hash (a blind index) is stored beside a phone
number, so that it can be found without decrypting every row. Lookups try the hashes of all index keys until
`gateway.accounts.rotation` has renewed all rows.
"""

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, MultiFernet

from chassis.config import DERIVED


class PersonalFields:
    """`keys` are Fernet keys, newest first (LINLI_ENCRYPTION_KEYS). `index_keys` are keys of blind indexes, newest first
    (LINLI_INDEX_KEYS). DERIVED stands for the index keys that earlier releases derived from the Fernet keys."""

    def __init__(self, keys: Sequence[str], index_keys: Sequence[str]) -> None:
        if not keys or not index_keys:
            raise ValueError("at least one encryption key and one index key are needed")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        texts = [text for key in index_keys for text in (keys if key == DERIVED else (key,))]
        self._index_keys = [hmac.digest(text.encode(), b"linli blind index", "sha256") for text in texts]
        # Identifies the newest keys without revealing them. A query finds the rows of older keys by it.
        newest = keys[0] if texts[0] == keys[0] else f"{keys[0]}\n{texts[0]}"
        self.key_id = hashlib.sha256(b"linli key id" + newest.encode()).hexdigest()[:12]

    def seal(self, value: str) -> bytes:
        return self._fernet.encrypt(value.encode())

    def open(self, sealed: bytes) -> str:
        """The decrypted value. Raises cryptography.fernet.InvalidToken if no key fits."""
        return self._fernet.decrypt(sealed).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        return self._fernet.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Raises cryptography.fernet.InvalidToken if no key fits."""
        return self._fernet.decrypt(sealed)

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
