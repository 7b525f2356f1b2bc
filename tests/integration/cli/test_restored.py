"""Five databases, dumped one after the other under load and restored into another cluster (M4). tests/faults too has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import memory
from tests.restore import Writer, dump_and_restore


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory.folder() as made:
        yield made


def test_dumps_of_different_moments_are_restored_under_load(folder: Path) -> None:
    restored = dump_and_restore(folder, [Writer()], before=20, between=5)
    assert restored.taken_back, "the dumps hold all: nothing was taken back"
    assert (restored.lost, restored.repeated, restored.misplaced) == (0, 0, 0), restored
    assert restored.continued and restored.refused, restored
