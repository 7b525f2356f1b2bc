"""Passwords of staff: argon2id. A check takes the same time if the username does not exist."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.offload import offload

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return offload(_hasher.hash, password)


def matches(password_hash: str | None, password: str) -> bool:
    """True if the password is the one that was hashed. Without a hash the check takes as long and returns False, so that its
    time does not reveal which usernames exist."""
    try:
        right = offload(_hasher.verify, password_hash or _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash("nobody")
