"""The last release: its code, taken from Git, which runs in this virtual environment."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# The release that may still run while the migrations of this code are applied. After each release, its commit is written here.
COMMIT = "3d0d7d86120eb034885ecb4d3ca9a5d0beb9d1a8"


def extract(folder: Path) -> Path:
    """Write the code of the last release to `folder`. Fails the test if this checkout does not have the commit."""
    try:
        archive(COMMIT, folder)
    except NoCommit as missing:
        pytest.fail(
            f"The code of the last release is not here, so nobody knows whether it runs with the new tables: {COMMIT} cannot be"
            f" read ({missing}). This test needs a clone with history: git fetch --unshallow",
            pytrace=False,
        )
    _register(folder)
    return folder


class NoCommit(Exception):
    """This checkout does not have the commit."""


def archive(commit: str, folder: Path) -> None:
    """Write the files of `commit` to `folder`, which is made. Raises NoCommit with Git's reason."""
    done = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True)
    if done.returncode:
        raise NoCommit(done.stderr.decode().strip())
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=done.stdout, check=True)


def _register(tree: Path) -> None:
    """Write the metadata of an installed distribution: its entry points name the services of that release."""
    project = tomllib.loads((tree / "pyproject.toml").read_text())["project"]
    info = tree / f"linli-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: linli\nVersion: {project['version']}\n")
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items()) for group, points in groups.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))


def environment_of(tree: Path | None, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process with the code of `tree`, or with this code if it is None."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")} | dict(variables)
    if tree:
        environment["PYTHONPATH"] = str(tree)
    return environment


def run(tree: Path | None, *command: str, **variables: str) -> str:
    """The output of `python …` with the code of `tree`, or with this code if it is None. Fails if the command fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tree or ROOT,
        env=environment_of(tree, variables),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout
