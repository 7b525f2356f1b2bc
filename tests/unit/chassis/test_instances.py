"""Commands find the instance of `linli up` that runs."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.cli import instances
from chassis.config import settings


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that no other process uses, and no settings."""
    for name in [name for name in os.environ if name.startswith("LINLI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield tmp_path / f"linli-{os.getuid()}"
    monkeypatch.undo()
    settings.cache_clear()


def test_an_instance_is_found_while_it_runs(tmp_path: Path) -> None:
    environment = {"LINLI_PORT": "9000", "LINLI_SIDE_PORT": "9001", "LINLI_SECRET": "do not tell"}
    with instances.announced("http://localhost:9000", environment, tmp_path / "home"):
        (found,) = instances.running()
        assert found.url == "http://localhost:9000"
        assert found.settings == {"LINLI_PORT": "9000", "LINLI_SIDE_PORT": "9001", "LINLI_HOME": str(tmp_path / "home")}
        assert found.own_servers
    assert instances.running() == []


def test_nothing_secret_is_told(tmp_path: Path, own_folder: Path) -> None:
    environment = {"LINLI_DATABASE_URL": "postgresql://linli:pass@db", "LINLI_SECRET": "do not tell"}
    with instances.announced("http://localhost:8000", environment, tmp_path, own_servers=False):
        (file,) = own_folder.glob("*.json")
        assert b"pass" not in file.read_bytes() and b"not tell" not in file.read_bytes()
        assert not instances.running()[0].own_servers


def test_what_a_killed_process_left_is_ignored_and_removed(own_folder: Path) -> None:
    own_folder.mkdir(mode=0o700)
    (own_folder / "1.json").write_text('{"url": "http://localhost:8000", "settings": {}, "own_servers": true}')
    assert instances.running() == []
    assert list(own_folder.iterdir()) == []


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path, own_folder: Path) -> None:
    own_folder.mkdir()
    own_folder.chmod(0o777)
    with instances.announced("http://localhost:8000", {}, tmp_path):
        assert instances.running() == []


def test_the_only_instance_is_adopted_wherever_its_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_SIDE_PORT", "9009")
    with instances.announced("http://localhost:9000", {"LINLI_PORT": "9000", "LINLI_SIDE_PORT": "9001"}, tmp_path / "home"):
        assert instances.adopt() is not None
    config = settings()
    assert (config.port, config.home) == (9000, tmp_path / "home")
    assert config.side_port == 9009, "a setting of the environment was overwritten"
    for name in ("LINLI_PORT", "LINLI_HOME"):
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("setting", "value"), [("LINLI_HOME", "/srv/other"), ("LINLI_DATABASE_URL", "postgresql://db/{service}")]
)
def test_somebody_elses_instance_is_not_adopted(
    setting: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)
    with instances.announced("http://localhost:9000", {}, tmp_path / "home"):
        assert instances.adopt() is None


def test_among_several_the_one_with_the_same_home_is_adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    several = [_at("other", "9100", tmp_path), _at("here", "9000", tmp_path)]
    monkeypatch.setattr(instances, "running", lambda: several)
    assert instances.adopt() is None
    monkeypatch.setenv("LINLI_HOME", str(tmp_path / "here"))
    settings.cache_clear()
    found = instances.adopt()
    assert found is not None and found.url == "http://here"
    monkeypatch.delenv("LINLI_PORT")


def _at(home: str, port: str, tmp_path: Path) -> instances.Instance:
    chosen = {"LINLI_HOME": str(tmp_path / home), "LINLI_PORT": port}
    return instances.Instance(f"http://{home}", chosen, own_servers=True)
