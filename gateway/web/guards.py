"""What happens to every request for a page before and after its view."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, abort, request, url_for
from werkzeug.exceptions import HTTPException

from gateway.http import current, idempotency
from gateway.web.blueprint import pages
from gateway.web.forms import KEY_FIELD, form_key

P = ParamSpec("P")
Answer = TypeVar("Answer")
# Photos come with the form where there are no scripts; every other form is small.
WITH_PHOTOS = {"pages.send_report"}
# Several photos in one body, each as large as an upload may be, would only help somebody to fill the disk.
# nginx lets as much through (deploy/nginx/site.conf).
UPLOADS_AT_ONCE = 3


def install(app: Flask) -> None:
    # Before CSRF is checked, which reads the form and with it the whole body.
    app.url_value_preprocessor(_allow_photos)


def most_at_once() -> int:
    """Bytes that a form with photos may have."""
    return UPLOADS_AT_ONCE * current.gateway_settings().max_upload


def _allow_photos(endpoint: str | None, _values: object) -> None:
    if endpoint in WITH_PHOTOS:
        request.max_content_length = most_at_once()


@pages.before_request
def _once_per_form() -> None:
    """The form's hidden key is the request's idempotency key: sent twice, it acts once."""
    if request.method == "POST":
        fields = [pair for pair in request.form.items(multi=True) if pair[0] not in {"csrf_token", KEY_FIELD}]
        idempotency.use(form_key(), urlencode(sorted(fields)).encode())


@pages.after_request
def _private(response: Response) -> Response:
    """Pages are made for one reader; the back button still shows them."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def signed_in(view: Callable[P, Answer]) -> Callable[P, Answer | Response]:
    """Visitors sign in first and come back."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer | Response:
        if current.identity().account_id is None:
            return go("pages.sign_in", next=here())
        return view(*args, **kwargs)

    return guarded


def for_roles(*roles: str) -> Callable[[Callable[P, Answer]], Callable[P, Answer | Response]]:
    """Staff with any of `roles` only: visitors sign in first, others are told that it is not theirs."""

    def decorate(view: Callable[P, Answer]) -> Callable[P, Answer | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer | Response:
            if current.identity().account_id is None:
                return go("pages.staff_sign_in", next=here())
            if not current.identity().has_role(*roles):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def go(endpoint: str, *, anchor: str = "", **values: Any) -> Response:
    """See-other to one of our own pages, as every form ends."""
    return see_other(url_for(endpoint, _anchor=anchor or None, **values))


def see_other(address: str) -> Response:
    return Response(status=303, headers={"Location": address})


def here() -> str:
    """This page's own address, to come back to; the page a form was on where the request only acted."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    try:
        came_from = request.form.get("next")
    except HTTPException:  # the form is what could not be read, and this is the page that says so
        came_from = None
    return local_target(came_from, url_for("pages.home"))


def local_target(target: str | None, default: str) -> str:
    """`target` if it is a path of this site, `default` otherwise: nobody is sent to another site after signing in.
    Browsers read `//host`, `/\\host` and control characters as other sites, so those are refused too."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if "\\" in target or any(ord(sign) < 32 or ord(sign) == 127 for sign in target):
        return default
    return target
