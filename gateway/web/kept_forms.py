"""What was typed is not lost when a form cannot be accepted: the sign-in has expired, or an error page is the answer.

The typed fields travel with the reader, in one encrypted hidden field. The server stores nothing. The sign-in page carries the
field through the sign-in. Afterwards the browser posts it to the form's own address, where the view shows its form again with
what was typed, as after a refusal. Nothing is sent by itself: a request that brings the field back can only show a form.

A sign-in at another site cannot carry the field. Then it waits in the database (`carry`), encrypted as it is, and the form
session of the browser has its id. `arrive` takes it from there.

    @pages.post("/desk/residents")
    @for_roles(*CLERKS)
    @shown_again
    def add_resident(): …

A view may be `shown_again` if it does nothing unless `PageForm.is_valid()` (or take_sent_step) says that the form is valid.
Forms with a password or a code are never kept.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, abort, current_app, g, make_response, render_template, request, session
from werkzeug.datastructures import ImmutableMultiDict

from chassis.database.engine import reading, transaction
from gateway.carried import storage
from gateway.http import credentials, current, sealed
from gateway.http.showing import only_show, showing
from gateway.web.blueprint import pages
from gateway.web.forms import KEY_FIELD

P = ParamSpec("P")
Answer = TypeVar("Answer")
FIELD = "kept"
CARRIED = "kept-form"  # in the form session: the id of a form that waits in the database
_PURPOSE = "kept form"
VALID_FOR = 3600  # seconds
MOST = 200_000  # bytes of all fields
# A form with one of these fields is not kept.
SECRET = frozenset({"password", "new_password", "old_password", "code", "totp", "token", "recovery_code", "credential"})
_OURS = frozenset({"csrf_token", KEY_FIELD, FIELD, "next"})
_LEAST_TEXT = 12  # characters of a value in ASCII that counts as words


def install(app: Flask) -> None:
    app.jinja_env.globals["kept_form"] = sent


def shown_again(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """Mark a view that can show its form again."""
    view.__dict__["shown_again"] = True  # functools.wraps copies it to the guards around the view
    return view


def keep() -> str:
    """The fields of this request, encrypted, for a hidden field. Empty if the view cannot show them again, if there is a secret
    among them, if they are too many, or if another site made the request."""
    if request.method != "POST" or not _can_show_again(request.endpoint) or not _is_ours():
        return ""
    if sent_before := request.form.get(FIELD):
        return sent_before
    typed = _typed()
    if not typed or SECRET & {name for name, _ in typed}:
        return ""
    if sum(len(name.encode()) + len(text.encode()) for name, text in typed) > MOST:
        return ""
    return sealed.seal(_PURPOSE, {"path": request.full_path.rstrip("?"), "fields": typed})


def sent() -> str:
    """The kept fields that this page carries on: of this request, those that it brought along, or those that wait for this
    browser. Empty if there are none."""
    token = g.get("kept_form") or (request.form.get(FIELD, "") if request.method == "POST" else "") or _waiting()
    return token if _opened(token) else ""


def carry() -> None:
    """The reader goes to another site to sign in: what this request has brought along waits for them in the database."""
    if not (token := sent()):
        return
    forget()
    with transaction(current.database()) as database:
        form_id = storage.put(database, token, current.now())
    if form_id is not None:
        session[CARRIED] = str(form_id)


def arrive() -> None:
    """The reader has signed in, and the form session will be cleared. What waits for them is shown next."""
    g.kept_form = sent()
    forget()


def is_waiting() -> bool:
    """Whether a form waits for this browser."""
    return CARRIED in session


def forget() -> None:
    """Nothing waits for this browser any more."""
    if (form_id := session.pop(CARRIED, None)) is not None:
        with transaction(current.database()) as database:
            storage.remove(database, UUID(form_id))


def sign_in_page(endpoint: str) -> Response | None:
    """The sign-in page `endpoint` with the fields of this request. None if there is nothing to keep."""
    if not (token := keep()):
        return None
    g.kept_form = token
    return make_response(current_app.view_functions[endpoint](), 401)


def texts() -> list[str]:
    """What a person wrote into the form of this request: words, not ids, times and choices. For an error page."""
    if request.method != "POST" or SECRET & set(request.form):
        return []
    return [text for _, text in _typed() if not text.isascii() or (len(text) >= _LEAST_TEXT and not _is_id(text))]


@pages.before_request
def _show() -> None:
    """A request that brings kept fields only shows them again."""
    if request.method != "POST" or FIELD not in request.form or not _can_show_again(request.endpoint):
        return
    kept = _opened(request.form[FIELD])
    if kept is None or urlsplit(kept["path"]).path != request.path:
        abort(400)
    request.__dict__["form"] = ImmutableMultiDict([(name, text) for name, text in kept["fields"]])
    only_show()


@pages.after_request
def _continue(response: Response) -> Response:
    """After a sign-in that carried kept fields, the browser goes to their form. A form that is shown again is no error."""
    if showing() and response.status_code == 422:
        response.status_code = 200
    signed_in_now = any(cookie.startswith(f"{credentials.COOKIE}=") for cookie in response.headers.getlist("Set-Cookie"))
    if response.status_code == 303 and signed_in_now and (kept := _opened(g.get("kept_form", ""))):
        for name in ("masked_csrf_token", "csrf_token"):
            g.pop(name, None)  # the sign-in has begun a new form session
        response.set_data(render_template("kept_form.html", path=kept["path"]))
        response.status_code = 200
        del response.headers["Location"]
        response.headers["Cache-Control"] = "no-store"
    return response


def _typed() -> list[tuple[str, str]]:
    """The filled fields of this request, without those that every form has."""
    return [(name, text) for name, text in request.form.items(multi=True) if text and name not in _OURS]


def _opened(token: str) -> dict[str, Any] | None:
    """{"path", "fields"} of a token of ours that is not too old."""
    return sealed.opened(_PURPOSE, token, seconds=VALID_FOR)


def _waiting() -> str:
    """The form that waits for this browser. Read once in a request."""
    if "waiting_form" not in g:
        form_id = session.get(CARRIED)
        g.waiting_form = ""
        if form_id is not None:
            with reading(current.database()) as database:
                g.waiting_form = storage.find(database, UUID(form_id), current.now()) or ""
    return str(g.waiting_form)


def _can_show_again(endpoint: str | None) -> bool:
    return bool(getattr(current_app.view_functions.get(endpoint or ""), "shown_again", False))


def _is_ours() -> bool:
    """Whether one of our pages made the request. Otherwise another site could put its own words into a form."""
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
