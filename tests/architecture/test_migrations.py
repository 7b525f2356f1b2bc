"""Migrations are the same for ever: they depend on nothing that changes with the product."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, python_files, syntax, where

# Modules of ours that a migration may import, and the names in them.
OURS = {
    "chassis.database": {"concurrent_indexes", "partitioning"},
    "chassis.database.tables": {"Xid8"},
    "chassis.database.migrate": {"run_env"},
}
PRODUCT = ("chassis", "services", "gateway", "tour", "tests")


def files() -> tuple[Path, ...]:
    return python_files(":(glob)**/migrations/*.py", ":(glob)**/migrations/versions/*.py", ":(exclude)tests")


def product_imports(tree: ast.Module) -> Iterator[ast.stmt]:
    """The imports of our own code that are not allowed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(name.name.split(".")[0] in PRODUCT for name in node.names):
            yield node
        elif isinstance(node, ast.ImportFrom) and (node.level or str(node.module).split(".")[0] in PRODUCT):
            allowed = OURS.get(str(node.module), set())
            if node.level or not {name.name for name in node.names} <= allowed:
                yield node


def test_migrations_import_no_product_code() -> None:
    assert len(files()) > 20
    assert [where(file, node) for file in files() for node in product_imports(syntax(file))] == []


def test_every_migration_follows_the_file_before_it() -> None:
    """`chassis.database.migrate` takes the last file for the newest revision."""
    for folder in {file.parent for file in files() if file.parent.name == "versions"}:
        revisions = [_constants(file) for file in sorted(folder.glob("[0-9]*.py"))]
        before = [None, *(revision for revision, _ in revisions)]
        assert [down for _, down in revisions] == before[:-1], folder.relative_to(ROOT)


def _constants(file: Path) -> tuple[object, object]:
    values = {
        node.targets[0].id: node.value.value
        for node in syntax(file).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
    }
    return values["revision"], values["down_revision"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from services.booking.calendar.statutory_days import statutory_days", 1),
        ("import services.booking.models", 1),
        ("from chassis.database.tables import Xid8, outbox", 1),
        ("def upgrade():\n    from gateway.accounts import models", 1),
        ("from ..data import rows", 1),
        ("import json\nimport sqlalchemy as sa\nfrom alembic import op\nfrom chassis.database import concurrent_indexes", 0),
    ],
)
def test_imports_of_product_code_are_found(source: str, found: int) -> None:
    assert len(list(product_imports(ast.parse(source)))) == found
