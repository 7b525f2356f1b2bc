"""`linli admin` with the embedded database: an installation without anybody gets its first admin."""

import re
import subprocess
from collections.abc import Callable

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_first_admin(linli: Run, migrated: None) -> None:
    made = linli("admin", "create", "he.wei", "--name", "何伟")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("he.wei is an admin of the whole district\n")
    assert re.search(r"  http://localhost:8000/invitation\?token=[\w-]{43}\n", made.stdout)
    assert re.search(r"he\.wei +invited +the whole district\n", linli("admin", "list").stdout)


def test_without_migrations_nothing_is_made(linli: Run) -> None:
    run = linli("admin", "create", "he.wei", "--name", "何伟")
    assert run.returncode == 1
    assert "the database of gateway is older than the code" in run.stderr and "run `linli migrate gateway`" in run.stderr
    assert "Traceback" not in run.stderr
