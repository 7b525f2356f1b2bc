"""Leads staff who must have a second factor to the page where they set one up."""

from flask import Flask, request
from werkzeug.wrappers import Response

from gateway.http.second_factor import PAGE
from gateway.refusals.factors import SecondFactorNeeded
from gateway.web.guards import redirect_to


def install(app: Flask) -> None:
    app.extensions[PAGE] = lead


def lead() -> Response:
    """A redirect. A form that was sent is not accepted: the error page shows what was written, so that it is not lost. Raises
    SecondFactorNeeded for it."""
    if request.headers.get("HX-Request"):
        return Response(status=204)
    if request.method not in ("GET", "HEAD"):
        raise SecondFactorNeeded()
    return redirect_to("pages.factors")
