"""Migrations follow one another in the order of their numbers: what the check at start-up goes by."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from chassis import service_registry
from chassis.database.migrate import CHASSIS, locations

FOLDERS = [CHASSIS[0], *(locations(service)[1][0] for service in service_registry.names())]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: Path(folder).parent.name)
def test_each_file_follows_the_one_before_it(folder: str) -> None:
    script = ScriptDirectory(folder)
    walked = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    by_name = [file.read_text() for file in sorted(Path(folder, "versions").glob("*.py"))]
    assert len(script.get_heads()) == 1
    assert [f'revision = "{revision}"' in text for revision, text in zip(walked, by_name, strict=True)] == [True] * len(walked)
