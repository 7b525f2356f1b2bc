"""Tells visitors without an account apart. The stored answer of a request may hold a secret, such as the token to follow a
case, so only the visitor who sent the request gets it again.

The forms of pages identify a visitor by the CSRF secret in their cookie. Clients of the API send the signed token that came
with an earlier answer, or that POST /auth/visitors gave them."""

import hashlib
from secrets import token_hex

from flask import Flask, Response, g, request, session
from itsdangerous import BadSignature, Signer

from gateway.http import current

HEADER = "Linli-Visitor"


def install(app: Flask) -> None:
    app.after_request(_add_token)


def visitor_id() -> str:
    """The id of the visitor who sends this request. An API request without a valid token comes from a new visitor; the answer
    then has the visitor's token."""
    if not request.path.startswith("/api/"):
        return hashlib.sha256(str(session.get("csrf_token")).encode()).hexdigest()[:32]
    try:
        return _signer().unsign(request.headers.get(HEADER, "")).decode()
    except BadSignature:
        g.visitor_token = new_token()
        return _signer().unsign(g.visitor_token).decode()


def new_token() -> str:
    """The token of a new visitor."""
    return _signer().sign(token_hex(16)).decode()


def _signer() -> Signer:
    config = current.settings()
    keys = [*reversed(config.secret_old), config.secret]  # the last one signs
    return Signer(keys, salt="linli-visitor", key_derivation="hmac", digest_method=hashlib.sha256)


def _add_token(response: Response) -> Response:
    if token := g.get("visitor_token"):
        response.headers[HEADER] = token
    return response
