"""The cookie behind forms, flashes and the two steps of signing in: as secure as the one that signs in."""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface


class FormSession(SecureCookieSessionInterface):
    def get_cookie_secure(self, app: Flask) -> bool:
        """As gateway.credentials decides for the session cookie: it holds a phone for a while, which is not to travel
        in the clear once the site is reached by HTTPS."""
        return request.is_secure
