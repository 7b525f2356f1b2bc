"""A test says something, waits for what it waits for, and is never switched off."""

import ast
from collections.abc import Iterator
from pathlib import Path

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


def _functions(file: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(syntax(file)):
        if isinstance(node, ast.FunctionDef):
            yield node


def _says(function: ast.FunctionDef, known: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and ((name := called_name(node)).startswith(SAYING) or name in known):
            return True
    return False


def _saying_helpers() -> set[str]:
    """Functions beside the tests that assert for them; repeated until those that call such ones are in, too."""
    functions = [function for file in python_files("tests") for function in _functions(file)]
    known: set[str] = {"eventually"}
    while more := {f.name for f in functions if f.name not in known and not f.name.startswith("test_") and _says(f, known)}:
        known |= more
    return known


def test_every_test_says_something() -> None:
    known = _saying_helpers()
    tests = [(file, f) for file in python_files("tests") for f in _functions(file) if f.name.startswith("test_")]
    assert len(tests) > 20
    assert [f"{where(file, f)} {f.name}" for file, f in tests if not _says(f, known)] == []


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
