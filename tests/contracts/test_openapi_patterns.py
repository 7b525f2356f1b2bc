"""The patterns of the OpenAPI document mean the same to clients in other languages (handed case M7)."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from tests.architecture.tree import ROOT

# Python's own anchors and groups, which JavaScript (ECMA 262) reads as something else or not at all.
OURS_ALONE = re.compile(r"\\[AZ]|\(\?P[<=]|\(\?[aiLmsux]+\)|\(\?#")


def patterns_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "pattern" and isinstance(value, str):
                yield value
            yield from patterns_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from patterns_in(value)


def test_every_pattern_can_be_read_by_javascript() -> None:
    found = set(patterns_in(orjson.loads((ROOT / "docs/openapi.json").read_bytes())))
    assert len(found) >= 5
    assert [pattern for pattern in found if OURS_ALONE.search(pattern)] == []


def test_a_pattern_takes_what_its_example_shows() -> None:
    """A schema's own example fits its pattern, read as a search, the way JSON Schema does."""
    wrong = []

    def look(node: Any) -> None:
        if isinstance(node, dict):
            pattern, example = node.get("pattern"), node.get("example")
            if isinstance(pattern, str) and isinstance(example, str) and not re.search(pattern, example):
                wrong.append((pattern, example))
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    look(orjson.loads((ROOT / "docs/openapi.json").read_bytes()))
    assert wrong == []
