"""Every number field of every form has limits, and no code reads digits that Python or the database cannot."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField

from chassis.text import whole_number
from gateway.web.forms import PageForm

ROOT = Path(__file__).parents[4]
NONE_OF_OURS = ("1" + "0" * 20, "-1" + "0" * 20, str(2**31), "9" * 5_000, "1e400", "NaN", "²", "a\x00b")


for page in (ROOT / "gateway" / "web" / "pages").glob("[!_]*.py"):
    import_module(f"gateway.web.pages.{page.stem}")


def all_forms(form: type[PageForm] = PageForm) -> Iterator[type[PageForm]]:
    for one in form.__subclasses__():
        yield one
        yield from all_forms(one)


FIELDS = sorted(
    (f"{form.__module__}.{form.__name__}.{name}", form, name)
    for form in all_forms()
    for name in dir(form)
    if getattr(getattr(form, name), "field_class", None) is IntegerField
)


def test_the_forms_are_found() -> None:
    """A list that is empty would prove nothing."""
    assert len(FIELDS) >= 20


@pytest.mark.parametrize(("form", "name"), [(form, name) for _, form, name in FIELDS], ids=[name for name, *_ in FIELDS])
def test_a_number_field_refuses_what_no_column_holds(app: Any, form: type[PageForm], name: str) -> None:
    unbound = getattr(form, name)
    accepted = []
    with app.test_request_context():
        for odd in NONE_OF_OURS:
            field = unbound.bind(form=PageForm(), name=name)
            field.process(MultiDict({name: odd}))
            if field.validate(PageForm()):
                accepted.append(odd[:30])
    assert accepted == []


@pytest.mark.parametrize("text", [*NONE_OF_OURS[:2], *NONE_OF_OURS[3:], "", " 1", "+1", "-1", "1_0", "٣", "1\n", None])
def test_text_that_is_no_whole_number(text: str | None) -> None:
    assert whole_number(text) is None


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_text_that_is_one(text: str, number: int) -> None:
    assert whole_number(text) == number


def test_no_code_asks_for_digits_and_then_converts_any_number_of_them() -> None:
    """`int(text)` raises ValueError for more than 4,300 digits, though isdigit() and isdecimal() are true: a 500. Therefore
    `whole_number` reads them."""
    found = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in sorted((ROOT / "gateway").rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and _asks_for_digits(function) & _converts(function)
    ]
    assert found == []


def _asks_for_digits(function: ast.FunctionDef) -> set[str]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return {ast.unparse(call.func.value) for call in calls if call.func.attr in ("isdigit", "isdecimal", "isnumeric")}


def _converts(function: ast.FunctionDef) -> set[str]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return {ast.unparse(call.args[0]) for call in calls if call.func.id == "int" and call.args}
