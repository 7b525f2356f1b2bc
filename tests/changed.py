"""Which integration tests belong to what was changed: `python -m tests.changed` prints their folders, for `make quick`.

Changed is what differs from where the branch left `main`, committed or not; on `main` itself, what is not committed.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
INTEGRATION = "tests/integration"
# The first prefix that a path starts with decides; `{}` stands for the folder after the prefix.
FOLDERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("services/{}/interface/", ("{}", "gateway")),
    ("services/{}/migrations/", ("{}", "migrations")),
    ("services/{}/", ("{}",)),
    ("gateway/migrations/", ("gateway", "migrations")),
    ("gateway/", ("gateway",)),
    ("chassis/cli/", ("cli",)),
    ("chassis/embedded/", ("cli",)),
    ("chassis/observability/", ("observability",)),
    ("chassis/database/", ("chassis", "migrations")),
    ("chassis/", ("chassis",)),
    ("tests/toy/", ("chassis",)),
    ("tests/integration/{}/", ("{}",)),
    ("tests/unit/{}/", ("{}",)),  # integration tests import from there: example spaces, for instance
    ("tests/databases.py", ("booking",)),
    ("tests/memory.py", ("booking", "broker")),
    ("tests/conftest.py", ("booking", "broker")),
    ("tests/broker.py", ("broker",)),
    ("tests/ways_to_a_broker.py", ("broker",)),
)


def folders(paths: Iterable[str]) -> list[str]:
    """Folders of integration tests for changed `paths`, which are relative to the root. Sorted; each exists."""
    named = {folder for path in paths for folder in _folders_of(path)}
    return sorted(folder for name in named if (ROOT / (folder := f"{INTEGRATION}/{name}")).is_dir())


def _folders_of(path: str) -> list[str]:
    for prefix, names in FOLDERS:
        before, _, after = prefix.partition("{}")
        folder = path.removeprefix(before).split("/", 1)[0]
        if path.startswith(before + folder + after if after else prefix):
            return [name.format(folder) for name in names]
    return []


def changed_paths() -> list[str]:
    """Raises CalledProcessError outside a Git checkout."""
    since = _git("merge-base", "HEAD", main) if (main := _main()) else "HEAD"
    tracked = _git("diff", "--name-only", since)
    return [*tracked.splitlines(), *_git("ls-files", "--others", "--exclude-standard").splitlines()]


def _main() -> str | None:
    for name in ("main", "origin/main"):
        if subprocess.run(["git", "rev-parse", "--verify", "--quiet", name], cwd=ROOT, capture_output=True).returncode == 0:
            return name
    return None


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    print(*folders(changed_paths()))
