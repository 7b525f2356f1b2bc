"""The cookie behind forms, flashes and the two steps of signing in: as secure as the one that signs in."""

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class FormSession(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Without a cookie there is nothing to verify."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """As gateway.http.credentials decides for the session cookie: it holds a phone for a while, which is not to travel
        in the clear once the site is reached by HTTPS."""
        return request.is_secure
