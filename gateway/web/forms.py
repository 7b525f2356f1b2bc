"""The base of all forms: an idempotency key against double clicks, and errors next to their fields.

CSRF tokens are checked before the views run (gateway.http.csrf).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import Form, SelectMultipleField, ValidationError, validators
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from chassis.rpc.refusal import InvalidField, Refusal, Refused
from chassis.rpc.rules import INVALID, NOT_A_NUMBER
from gateway.http import current
from gateway.http.showing import showing
from gateway.web import times

KEY_FIELD = "idempotency_key"
_VERSION = re.compile(r"[0-9]{1,9}")
_KEY = re.compile(r"[\x21-\x7e]{8,128}")


def new_key() -> str:
    """An idempotency key for one rendered form. If the form is sent twice, it takes effect once."""
    return str(uuid4())


def sent_key() -> str:
    """The idempotency key of the sent form. A new key if it has none or an invalid one."""
    key = request.form.get(KEY_FIELD, "")
    return key if _KEY.fullmatch(key) else new_key()


def text_of(refusal: Refused | Refusal) -> str:
    """The refusal's sentence in the page's language."""
    return refusal.message if isinstance(refusal, Refused) else refusal.text(current.language())


def details_of(refusal: Refused | Refusal) -> dict[str, Any]:
    """The refusal's details, with field errors in the page's language."""
    return refusal.details if isinstance(refusal, Refused) else refusal.details_for(current.language())


class PageForm(Form):
    """A form that reads the request and shows the refusals of services."""

    class Meta:
        csrf = False

        @property
        def locales(self) -> list[str]:
            """The languages of WTForms' own error messages."""
            return [current.language().partition("-")[0]]

    outdated = False  # whether a refusal said that the thing has changed since the form was shown

    def __init__(self, sent: Any = None, **values: Any) -> None:
        super().__init__(sent, **values)  # type: ignore[no-untyped-call]  # WTForms has no annotations

    def is_valid(self) -> bool:
        """True if every field is valid. Otherwise the fields get error messages. A form that is only shown again is not valid,
        and has none."""
        return not showing() and bool(self.validate())  # type: ignore[no-untyped-call]

    def add_error(self, name: str, message: str) -> None:
        """Show `message` next to the field `name`."""
        field: Any = self._fields[name]
        field.errors = [*field.errors, message]

    def add_refusal(self, refusal: Refused | Refusal, names: dict[str, str] | None = None) -> None:
        """Show the refusal's field errors next to the fields, and anything else above the form. `names` maps the service's
        field names to the form's."""
        self.outdated |= refusal.kind == "precondition"
        errors = details_of(refusal).get("errors") if refusal.kind == "invalid" else None
        left_over = [error for error in errors or () if not self._add_field_error(error, names or {})]
        if not errors or left_over:
            self.form_errors.append(text_of(refusal))

    def _add_field_error(self, error: dict[str, Any], names: dict[str, str]) -> bool:
        path = str(error.get("field", ""))
        name = names.get(path, names.get(path.split(".")[0], path.split(".")[0]))
        if name not in self._fields:
            return False
        self.add_error(name, str(error["message"]))
        return True


def options(pairs: Iterable[tuple[Any, Any]], group: str | None = None) -> list[SelectChoice]:
    """Choices of a select or radio field, from pairs (value, label)."""
    return [SelectChoice(value, label, optgroup=group) for value, label in pairs]


def grouped_options(groups: Iterable[tuple[str, Iterable[tuple[Any, Any]]]]) -> list[SelectChoice]:
    """Choices by group, from pairs (name of the group, choices). A group without a name is none."""
    return [choice for name, pairs in groups for choice in options(pairs, name or None)]


class Box(NamedTuple):
    """A checkbox of many. A field of WTForms for each takes five times as long to build and to render."""

    value: str
    text: str
    checked: bool
    place: str | None


class Checkboxes(SelectMultipleField):
    """Any number of choices, each with a checkbox. Values that are no choice are refused. `places`: the community of each
    value; scripts show only the values of the communities that are chosen in the same form."""

    widget: Any = ListWidget(prefix_label=False)  # types-wtforms allows a Select only
    option_widget: Any = CheckboxInput()

    def __init__(self, label: Any, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, **options)  # type: ignore[no-untyped-call]
        self.places: Mapping[str, str] = {}

    def groups(self) -> list[tuple[str, list[Box], int]]:
        """For each group of choices: its name, its checkboxes, and how many of them are checked."""
        chosen = set(self.data or ())
        parts = [
            (name, [Box(one.value, one.label, one.value in chosen, self.places.get(one.value)) for one in members])
            for name, members in groupby(self.choices, key=attrgetter("optgroup"))
        ]
        return [(name or "", boxes, sum(box.checked for box in boxes)) for name, boxes in parts]


def required(message: Any) -> list[Any]:
    """Validators of a required field."""
    return [validators.InputRequired(message)]


def at_least_one(message: Any) -> list[Any]:
    """Validators of checkboxes of which one must be checked. It is no `required`: with that, a browser wants every one."""

    def check(_form: Form, field: Any) -> None:
        if not field.data:
            raise validators.StopValidation(message)

    return [check]


def optional_text(count: int) -> list[Any]:
    """Validators of optional text with at most `count` characters."""
    return [validators.Optional(), validators.Length(max=count, message=_l("内容太长了，请精简。"))]


def required_text(message: Any, count: int) -> list[Any]:
    """Validators of required text with at most `count` characters."""
    return [*required(message), validators.Length(max=count, message=_l("内容太长了，请精简。"))]


def filled_text(message: Any, count: int) -> list[Any]:
    """The same for text that no service checks: spaces alone are refused too."""
    return [validators.DataRequired(message), *required_text(message, count)[1:]]


def positive_number(message: Any) -> Any:
    """A validator of a number from 1 to 10,000. `message` also replaces WTForms' message about text that is not a number."""

    def check(_form: Form, field: Any) -> None:
        if field.data is None or not 1 <= field.data <= 10_000:
            field.errors = []
            raise validators.StopValidation(message)

    return check


def plausible_day(_form: Form, field: Any) -> None:
    """A WTForms validator of a plausible date or time. Text that is not a date has an error already."""
    day = field.data.date() if isinstance(field.data, datetime) else field.data
    if day is not None and not times.is_plausible(day):
        raise ValidationError(INVALID.text(current.language(), {}))


def version_sent() -> int | None:
    """The version that the page showed, from the form's hidden field `version`. None if the form has no version. Raises
    InvalidField if it is not a number."""
    if not (text := request.form.get("version", "")):
        return None
    if not _VERSION.fullmatch(text):
        raise InvalidField(NOT_A_NUMBER, "version")
    return int(text)


def version_to_show(now: int, *, outdated: bool = False) -> int:
    """The version for the hidden field of a form: `now`, or if the form was sent and is shown again, the version that it was
    sent with. So the second attempt still notices what a colleague changed. `outdated`: it was refused because of such a
    change, which the page now shows."""
    sent = version_sent() if request.method == "POST" and not outdated else None
    return now if sent is None else sent


def is_id(text: str) -> bool:
    """Whether the text from an address or a form is a UUID in its usual form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def strip_spaces(value: str | None) -> str | None:
    """A WTForms filter that removes spaces around text."""
    return value.strip() if value else value
