"""Database sessions are opened in one way, which knows that they are open (chassis.database.engine)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import python_files, syntax, where

OTHER_WAYS = {"Session", "sessionmaker", "scoped_session"}
ON_ENGINES = {"connect", "raw_connection"}


def other_ways(file: Path, tree: ast.Module) -> Iterator[str]:
    """Where the file opens a session or a connection by itself."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in OTHER_WAYS
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in imported:
            yield where(file, node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ON_ENGINES:
            yield where(file, node)


def test_services_and_gateway_open_sessions_through_the_chassis() -> None:
    files = [file for file in python_files("services", "gateway") if "migrations" not in file.parts]
    assert len(files) > 100
    assert [place for file in files for place in other_ways(file, syntax(file))] == []


def test_another_way_is_noticed() -> None:
    file = next(iter(python_files("gateway")))
    for source in (
        "from sqlalchemy.orm import Session\nwith Session(engine) as session: ...",
        "from sqlalchemy.orm import Session as S\nS(engine)",
        "with engine.connect() as connection: ...",
    ):
        assert list(other_ways(file, ast.parse(source)))
    assert not list(other_ways(file, ast.parse("from gateway.api.schemas import Session\nSession()")))
