"""The keys of calls. Only the process that makes calls has the private key; every other process has public keys, which verify
signatures and make none.

A key is 32 bytes in URL-safe base64 (Ed25519). `LINLI_SIGNING_KEY` is the private key, `LINLI_VERIFY_KEYS` lists public keys.
If neither is set, a pair is generated: the private key in the file `signing-key` of LINLI_SIGNING_HOME, the public key in the
file `verify-keys` of LINLI_HOME.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chassis.config import Settings, generated, settings

PRIVATE_FILE = "signing-key"
PUBLIC_FILE = "verify-keys"


class SigningKey:
    """A private key. `public` is the text of its public key, `key_id` names the pair."""

    def __init__(self, text: str) -> None:
        """Raises ValueError if `text` is no key."""
        self._key = Ed25519PrivateKey.from_private_bytes(_bytes_of(text))
        raw = self._key.public_key().public_bytes_raw()
        self.public, self.key_id = _text_of(raw), _id_of(raw)

    def sign(self, signed: bytes) -> bytes:
        """Return the signature of 64 bytes. It takes about 50 µs."""
        return self._key.sign(signed)


class VerifyKeys:
    """Public keys by their ids."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Raises ValueError if one of `texts` is no key."""
        raw = [_bytes_of(text) for text in texts]
        self._keys = {_id_of(key): Ed25519PublicKey.from_public_bytes(key) for key in raw}

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._keys

    def verify(self, key_id: object, signature: bytes, signed: bytes) -> bool:
        """True if the owner of the key `key_id` has signed `signed`. It takes about 130 µs."""
        key = self._keys.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            return False
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True


def new_key() -> str:
    """Return the text of a new private key."""
    return _text_of(Ed25519PrivateKey.generate().private_bytes_raw())


class UntrustedKey(Exception):
    """This process would sign with a key that the services do not accept."""


@lru_cache(maxsize=1)
def signing_key() -> SigningKey:
    """Return this process's private key. Generates it if there is none. Raises ValueError for a malformed key; OSError if it
    can neither be read nor stored, because this process may not make calls; UntrustedKey if its public key is not among those
    that are accepted."""
    key = _signing_key_of(settings())
    if key.key_id not in verify_keys():
        raise UntrustedKey(
            f"the public key of LINLI_SIGNING_KEY, {key.public}, is not in LINLI_VERIFY_KEYS: no service would accept a call"
        )
    return key


@lru_cache(maxsize=1)
def verify_keys() -> VerifyKeys:
    """Return the public keys that this process trusts. Generates a pair if there is none. Raises ValueError and OSError like
    `signing_key`."""
    config = settings()
    if config.verify_keys:
        return VerifyKeys(config.verify_keys)
    file = config.home / PUBLIC_FILE
    if config.signing_key and not file.exists():
        return VerifyKeys([SigningKey(config.signing_key).public])
    text = generated(file, lambda: _signing_key_of(config).public)
    return VerifyKeys(key.strip() for key in text.split(",") if key.strip())


def may_sign() -> bool:
    """True if this process has a private key, or may generate one."""
    config = settings()
    trusts_others = config.verify_keys or (config.home / PUBLIC_FILE).exists()
    return bool(config.signing_key) or _private_file(config).is_file() or not trusts_others


def forget() -> None:
    """Read the keys again at the next use (tests, `linli up`)."""
    signing_key.cache_clear()
    verify_keys.cache_clear()


settings.on_clear(forget)


def _signing_key_of(config: Settings) -> SigningKey:
    return SigningKey(config.signing_key or generated(_private_file(config), new_key))


def _private_file(config: Settings) -> Path:
    return config.signing_home / PRIVATE_FILE


def _id_of(public: bytes) -> str:
    return hashlib.sha256(b"linli key id" + public).hexdigest()[:12]


def _text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes_of(text: str) -> bytes:
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != 32:
        raise ValueError("a key of calls has 32 bytes in URL-safe base64")
    return raw
