"""Flask's session cookie, for forms, flashed messages and the two steps of signing in."""

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class FormSession(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Without a cookie nothing needs to be verified."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Secure if the request came over HTTPS, as for the session cookie in gateway.http.credentials. During sign-in this
        cookie contains a phone number, which must not be sent over plain HTTP."""
        return request.is_secure
