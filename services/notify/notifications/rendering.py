"""Renders a template with the data of a message, for one channel and language.

A template is one TOML file in `templates/`. It has a `title` and a `body` per language, and an `sms` if it can be sent as
SMS. The texts are jinja2 templates. They run in a sandbox, and a missing value raises an error.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chassis.config import settings
from services.notify.interface.addresses import SMS
from services.notify.interface.contact_points import DEFAULT_LANGUAGE, LANGUAGES

FOLDER: Final = Path(__file__).parent / "templates"
LAYOUT: Final = "layout"
ZONE: Final = "zone"  # the name of the time zone among the values of a template
THROUGH, FOR_CHILD = AROUND = ("through", "for_child")  # templates that are put around the text of another
_DAY_AND_TIME: Final = {"zh-CN": "M月d日（EEE）HH:mm", "en": "EEE d MMM, HH:mm"}
_LOCALES: Final = {"zh-CN": "zh_CN", "en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Text:
    """`title` is one line; `body` is plain text. `variables` are the values of the data as text, for SMS providers that
    store the templates themselves."""

    title: str
    body: str
    variables: dict[str, str]


@cache
def templates() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """The source of each part (`title`, `body`, `sms`), by template, language and part."""
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.toml"))}


def render(
    template: str,
    channel: str,
    language: str,
    data: Mapping[str, Any],
    *,
    around: str = "",
    name: str = "",
    zone: ZoneInfo | None = None,
) -> Text:
    """The text of `template` for a channel. Times in `data` are aware; they are shown in `zone`, by default LINLI_TIME_ZONE.
    Names in several languages are shown in `language`. `around` is a template that is put around the text: one of AROUND, or
    none; `name` is for it. An unknown language is replaced by DEFAULT_LANGUAGE. Raises jinja2.UndefinedError for missing data,
    KeyError for a template or part that does not exist."""
    language = language if language in LANGUAGES else DEFAULT_LANGUAGE
    parts = templates()[template][language]
    zone = zone or ZoneInfo(settings().time_zone)
    data = _all_in_language(data, language) | {"language": language}
    values = {**data, ZONE: zone}
    title = " ".join(_filled(parts["title"], values).split())
    body = _filled(parts["sms" if channel == SMS else "body"], values).strip()
    if around:
        outer, inner = templates()[around][language], {"title": title, "body": body, "name": name}
        title = _filled(outer["title"], inner)
        body = _filled(outer["sms" if channel == SMS else "body"], inner)
    layout = templates()[LAYOUT][language].get(channel)
    if layout:
        body = _filled(layout, {"title": title, "body": body}).strip()
    return Text(title, body, {name: _plain(value, language, zone) for name, value in data.items()})


def _filled(source: str, values: Mapping[str, Any]) -> str:
    return str(_compiled(source).render(values))


@cache
def _compiled(source: str) -> Any:
    return _environment().from_string(source)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # The output is plain text, so nothing is escaped. Pages escape what they show.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals["span"] = _span
    environment.globals["moment"] = _moment_of
    environment.globals["in_language"] = pass_context(lambda context, value: _in_language(value, str(context["language"])))
    return environment


def _in_language(value: Any, language: str) -> Any:
    """The text of a bilingual name in `language`; else in Chinese; else in any language. The same in objects of a list. Other
    values as they are."""
    if isinstance(value, list):
        return [_all_in_language(one, language) if isinstance(one, Mapping) else one for one in value]
    if not isinstance(value, Mapping):
        return value
    return value.get(language) or value.get(DEFAULT_LANGUAGE) or next(iter(value.values()))


def _all_in_language(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {name: _in_language(value, language) for name, value in values.items()}


@pass_context
def _span(context: Context, starts_at: datetime, ends_at: datetime) -> str:
    """`3月7日（周六）09:00–11:00`. The second day is shown only if it differs from the first."""
    language = str(context["language"])
    zone: ZoneInfo = context[ZONE]
    first, last = _moment(starts_at, language, zone), _moment(ends_at, language, zone)
    if starts_at.astimezone(zone).date() == ends_at.astimezone(zone).date():
        return f"{first}–{last[-len('00:00') :]}"
    return f"{first} – {last}"


@pass_context
def _moment_of(context: Context, at: datetime) -> str:
    """`3月7日（周六）09:00`."""
    return _moment(at, str(context["language"]), context[ZONE])


def _moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    return str(format_datetime(at, _DAY_AND_TIME[language], tzinfo=zone, locale=_locale(language)))


@cache
def _locale(language: str) -> Locale:
    """Babel looks for the locale's file whenever it gets a name instead."""
    return Locale.parse(_LOCALES[language])


def _plain(value: Any, language: str, zone: ZoneInfo) -> str:
    return _moment(value, language, zone) if isinstance(value, datetime) else str(value)
