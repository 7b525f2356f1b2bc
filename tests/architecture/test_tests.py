"""A test says something, waits for what it waits for, and is never switched off."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from tests.architecture.tree import ROOT, called_name, python_files, syntax, where

SAYING = (
    "assert_",
    "expect",
    "check_",
    "raises",
    "fail",
    "call_and_validate",
    "validate_response",
    "run_state_machine_as_test",
)
PAUSES = {
    "tests/patience.py": "`eventually` pauses between two looks",
    "tests/toy/service.py": "a slow handler is what the tests of draining and deadlines are about",
}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the tests: whether it asserts itself, and what it calls."""

    name: str
    where: str
    asserts: bool
    calls: frozenset[str]

    def says(self, helpers: set[str]) -> bool:
        return self.asserts or not self.calls.isdisjoint(helpers)


def _functions() -> Iterator[Function]:
    for file in python_files("tests"):
        for node in ast.walk(syntax(file)):
            if isinstance(node, ast.FunctionDef):
                inner = list(ast.walk(node))
                calls = frozenset(called_name(one) for one in inner if isinstance(one, ast.Call))
                asserts = any(isinstance(one, ast.Assert) for one in inner) or any(name.startswith(SAYING) for name in calls)
                yield Function(node.name, where(file, node), asserts, calls)


def _saying_helpers(functions: Sequence[Function]) -> set[str]:
    """Functions beside the tests that assert for them; repeated until those that call such ones are in, too."""
    helpers = [function for function in functions if not function.name.startswith("test_")]
    known: set[str] = {"eventually"}
    while more := {helper.name for helper in helpers if helper.name not in known and helper.says(known)}:
        known |= more
    return known


def test_every_test_says_something() -> None:
    functions = list(_functions())
    known = _saying_helpers(functions)
    tests = [function for function in functions if function.name.startswith("test_")]
    assert len(tests) > 20
    assert [f"{test.where} {test.name}" for test in tests if not test.says(known)] == []


def test_no_test_sleeps() -> None:
    """`sleep(0)` lets others run and waits for nothing, so it is not one."""
    calls = [
        where(file, node)
        for file in python_files("tests")
        if str(file.relative_to(ROOT)) not in PAUSES
        for node in ast.walk(syntax(file))
        if isinstance(node, ast.Call) and called_name(node) == "sleep" and ast.unparse(node.args[0]) != "0"
    ]
    assert calls == []


def switched_off(tree: ast.Module) -> Iterator[ast.expr]:
    """Marks that no condition can take back: `xfail`, `skip`, and `skipif` where the condition is written out; and calls
    of `pytest.skip` that stand under no `if`, `except` or `with`."""
    conditional = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If | ast.ExceptHandler | ast.With | ast.IfExp | ast.BoolOp)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            off = node.attr == "xfail" or ast.unparse(node).endswith("mark.skip")
        elif isinstance(node, ast.Call) and called_name(node) == "skipif":
            off = isinstance(node.args[0], ast.Constant)
        else:
            off = isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.skip" and id(node) not in conditional
        if off:
            yield node


def test_no_test_is_switched_off() -> None:
    assert [where(file, node) for file in python_files("tests") for node in switched_off(syntax(file))] == []


@pytest.mark.parametrize(
    ("source", "off"),
    [
        ("@pytest.mark.skip\ndef test_it(): ...", True),
        ("@pytest.mark.skip(reason='later')\ndef test_it(): ...", True),
        ("@mark.xfail(reason='later')\ndef test_it(): ...", True),
        ("@pytest.mark.skipif(True, reason='later')\ndef test_it(): ...", True),
        ("pytestmark = [pytest.mark.skip]", True),
        ("def test_it():\n    pytest.skip('later')", True),
        ("@pytest.mark.skipif(shutil.which('promtool') is None, reason='none here')\ndef test_it(): ...", False),
        ("def test_it():\n    if not engine():\n        pytest.skip('none here')", False),
    ],
)
def test_what_is_switched_off_is_noticed(source: str, off: bool) -> None:
    assert bool(list(switched_off(ast.parse(source)))) is off
