"""The chassis contains no service's name and no domain word, in identifiers and in strings. Docstrings and comments may, as
examples; migrations never change, so they are left out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SERVICES, python_files, syntax

# Singular. Words that the chassis uses in another sense are not here: counter (metrics), session (SQLAlchemy), channel (AMQP).
DOMAIN = {
    *("booking", "appointment", "timetable", "availability", "equipment", "court", "room", "waitlist"),
    *("gateway", "photo", "resident", "household", "grid", "elder", "centre", "neighbour", "liuyi"),
    *("clerk", "supervisor", "mediator", "mediation", "organiser"),
    *("club", "registration", "attendance", "lesson", "volunteer", "tournament"),
    *("notification", "recipient", "sms", "smtp", "wechat"),
}
CHINESE = (
    "预约",
    "场地",
    "居民",
    "家庭",
    "网格",
    "社区",
    "街道",
    "事项",
    "调解",
    "社团",
    "活动",
    "志愿",
    "短信",
    "照片",
    "六一",
)
# These words have another meaning in Python, SQL, AMQP or English: use case and SQL's CASE, a channel's events, PostgreSQL's
# NOTIFY, disk space. They are names of ours only as a whole string, or before the dot of a message type or module.
AMBIGUOUS = {"case", "cases", "events", "notify", "space", "spaces"}
# (file, word): reason
ALLOWED = {
    ("messaging/relay.py", "space"): "the key space of advisory locks",
    ("rpc/identity.py", "resident"): "a party of the identity, which every call carries",
    ("rpc/identity.py", "household"): "a field of the identity",
    ("rpc/identity.py", "grid"): "a field of the identity",
    ("web/environ.py", "gateway"): "GATEWAY_INTERFACE is CGI's variable",
}


def code_of_chassis() -> list[Path]:
    return [file for file in python_files("chassis") if "versions" not in file.parts]


def texts_in(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """(line, text, whether it is a string) of every identifier and string, docstrings excepted."""
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value, True
        for field in ("id", "attr", "name", "arg", "asname"):
            if isinstance(identifier := getattr(node, field, None), str):
                yield getattr(node, "lineno", 0), identifier, False


def _has_docstring(node: ast.AST) -> bool:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None


def words_of(text: str) -> set[str]:
    """The words of a text or identifier, in lower case and singular: BookSpaces → book, space."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)
    return {word.lower() if word.lower().endswith("ss") else word.lower().removesuffix("s") for word in words}


def ours_in(text: str, is_string: bool) -> set[str]:
    """The names of services and the domain words in a text."""
    singular = {service.removesuffix("s") for service in set(SERVICES) - AMBIGUOUS}
    found = words_of(text) & (DOMAIN | singular)
    if is_string:
        found |= {text.partition(".")[0]} & AMBIGUOUS
        if text.startswith("services."):
            found.add("services")
        found |= {word for word in CHINESE if word in text}
    return found


def test_the_chassis_names_no_service_and_no_thing_of_the_domain() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {word} in {text[:60]!r}"
        for file in code_of_chassis()
        for line, text, is_string in texts_in(syntax(file))
        for word in ours_in(text, is_string)
        if (str(file.relative_to(ROOT / "chassis")), word) not in ALLOWED
    ]
    assert not found, "\n".join(found)


def test_every_exception_is_still_needed() -> None:
    used = {
        (str(file.relative_to(ROOT / "chassis")), word)
        for file in code_of_chassis()
        for _, text, is_string in texts_in(syntax(file))
        for word in ours_in(text, is_string)
    }
    assert not ALLOWED.keys() - used


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def photos_of(x): ...", {"photo"}),
        ("class BookingService: ...", {"booking"}),
        ("queue = f'evt-booking--{name}'", {"booking"}),
        ("x = 'services.events.service'", {"services"}),
        ("x = {'notify': 1, 'events': 2}", {"notify", "events"}),
        ("x = 'case.closed.v1'", {"case"}),
        ("x.resident_id = call(max_bookings=1)", {"resident", "booking"}),
        ("text = '请居民稍后再试'", {"居民"}),
        (
            "'''Example: booking.'''\nuse_case = 'free some space' # sms\nchannel.events('SELECT CASE WHEN x', 'pg_notify')",
            set(),
        ),
    ],
)
def test_words_of_ours_are_found_in_code(source: str, words: set[str]) -> None:
    assert {word for _, text, is_string in texts_in(ast.parse(source)) for word in ours_in(text, is_string)} == words
