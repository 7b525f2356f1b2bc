"""Checks and headers around the views of pages, and redirects."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, abort, request, url_for
from werkzeug.exceptions import HTTPException

from chassis.rpc.identity import Identity
from gateway.http import current, idempotency
from gateway.imports.files import MOST_BYTES
from gateway.web import kept_forms
from gateway.web.blueprint import pages
from gateway.web.forms import KEY_FIELD, sent_key

P = ParamSpec("P")
Answer = TypeVar("Answer")
# Without scripts, photos are part of the form. An import is a file. All other forms are small.
WITH_PHOTOS = {"pages.send_report"}
WITH_A_PHOTO = {"pages.admin_add_space_photo"}
WITH_A_LIST = {"pages.admin_check_import"}
REST_OF_FORM = 65_536  # bytes beside the file of a form with one file
# The largest form, in uploads of the largest size. More would only help an attacker to fill the disk. nginx has the same limit
# (deploy/nginx/site.conf).
UPLOADS_PER_FORM = 3


def install(app: Flask) -> None:
    # This must run before the CSRF check, because that reads the form and so the whole body.
    app.url_value_preprocessor(_allow_photos)


def max_photo_form() -> int:
    """The largest size of a form with photos, in bytes."""
    return UPLOADS_PER_FORM * current.gateway_settings().max_upload


def _allow_photos(endpoint: str | None, _values: object) -> None:
    if endpoint in WITH_PHOTOS:
        request.max_content_length = max_photo_form()
    if endpoint in WITH_A_PHOTO:
        request.max_content_length = current.gateway_settings().max_upload + REST_OF_FORM
    if endpoint in WITH_A_LIST:
        request.max_content_length = MOST_BYTES + REST_OF_FORM


@pages.before_request
def _refuse_nul() -> None:
    """PostgreSQL stores no NUL, and no person types one."""
    sent = [*request.args.values(), *(request.form.values() if request.method == "POST" else ())]
    if any("\0" in value for value in sent):
        abort(400)


@pages.before_request
def _use_form_key() -> None:
    """The hidden key of the form is the request's idempotency key. If the form is sent twice, it takes effect once."""
    if request.method == "POST":
        fields = [pair for pair in request.form.items(multi=True) if pair[0] not in {"csrf_token", KEY_FIELD}]
        idempotency.use_key(sent_key(), urlencode(sorted(fields)).encode())


@pages.after_request
def _set_cache_control(response: Response) -> Response:
    """A page is for one reader, so shared caches must not store it. The browser may, for the back button."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def signed_in(view: Callable[P, Answer]) -> Callable[P, Answer | Response]:
    """Redirect visitors to sign-in. Afterwards they return to this page, or to the form that they have sent."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer | Response:
        if current.identity().account_id is None:
            kept = kept_forms.sign_in_page("pages.sign_in")
            return kept or redirect_to("pages.sign_in", next=current_address())
        return view(*args, **kwargs)

    return guarded


def for_roles(*roles: str) -> Callable[[Callable[P, Answer]], Callable[P, Answer | Response]]:
    """Allow only staff with one of `roles`. Visitors are redirected to sign-in and come back afterwards, others get 403."""

    return _for(lambda who: who.has_role(*roles))


def for_staff(view: Callable[P, Answer]) -> Callable[P, Answer | Response]:
    """The same for all staff, also those who have no role."""
    return _for(lambda who: who.party == "staff")(view)


def _for(allowed: Callable[[Identity], bool]) -> Callable[[Callable[P, Answer]], Callable[P, Answer | Response]]:
    def decorate(view: Callable[P, Answer]) -> Callable[P, Answer | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer | Response:
            if current.identity().account_id is None:
                kept = kept_forms.sign_in_page("pages.staff_sign_in")
                return kept or redirect_to("pages.staff_sign_in", next=current_address())
            if not allowed(current.identity()):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def redirect_to(endpoint: str, *, anchor: str = "", **values: Any) -> Response:
    """A redirect (303) to one of our pages, as after every form."""
    return see_other(url_for(endpoint, _anchor=anchor or None, **values))


def see_other(address: str) -> Response:
    return Response(status=303, headers={"Location": address})


def current_address() -> str:
    """The address of this page, to return to. For a POST, the page with the form."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    try:
        came_from = request.form.get("next")
    except HTTPException:  # the form could not be read, and the error page calls this function
        came_from = None
    return local_target(came_from, url_for("pages.home"))


def local_target(target: str | None, default: str) -> str:
    """`target` if it is a path of this site, otherwise `default`, so that nobody is redirected to another site after signing
    in. Browsers take `//host`, `/\\host` and paths with control characters for other sites, so those are refused too."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if "\\" in target or any(ord(sign) < 32 or ord(sign) == 127 for sign in target):
        return default
    return target
