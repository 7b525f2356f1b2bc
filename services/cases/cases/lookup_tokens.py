"""Lookup tokens: with the number of a case, they show its state to a reporter without an account."""

import hashlib
import secrets


def new_token() -> str:
    """192 random bits as 32 characters."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> bytes:
    """The stored form of a token. A plain hash is enough, because nobody can guess 192 random bits."""
    return hashlib.sha256(token.encode()).digest()
