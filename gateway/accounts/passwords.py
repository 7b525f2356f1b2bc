"""Passwords of staff: argon2id, and the same work for a user name that does not exist."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.http.offload import offload

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return offload(_hasher.hash, password)


def matches(password_hash: str | None, password: str) -> bool:
    """True if the password is the one hashed. Takes as long when there is none to compare with, so that a guess does
    not tell which user names exist."""
    try:
        right = offload(_hasher.verify, password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody's")
