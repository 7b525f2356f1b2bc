"""What the command line tells of failures, and what the doctor finds in settings."""

import errno
from pathlib import Path

import pytest
from amqp.exceptions import AccessRefused
from sqlalchemy.exc import OperationalError

from chassis.cli import doctor_checks
from chassis.cli.command_errors import CommandError, as_command_errors, explain
from chassis.cli.demo import is_loopback
from chassis.config import settings


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_loopback(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "linli.example.org", ""])  # noqa: S104
def test_not_loopback(address: str) -> None:
    assert not is_loopback(address)


def test_a_bug_stays_a_bug() -> None:
    assert explain(ZeroDivisionError()) is None
    with pytest.raises(ZeroDivisionError), as_command_errors():
        raise ZeroDivisionError


def test_the_cause_counts_too() -> None:
    try:
        try:
            raise AccessRefused("no")  # type: ignore[no-untyped-call]
        except AccessRefused as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError as error:
        problem = explain(error)
    assert problem is not None and "refuses us" in problem.message


def test_a_problem_is_told_as_it_is() -> None:
    with pytest.raises(CommandError, match="mine"), as_command_errors():
        raise CommandError("mine", "do") from OSError(errno.EADDRINUSE, "taken")


def test_operational_errors_are_about_the_server() -> None:
    problem = explain(OperationalError("SELECT 1", {}, Exception("could not connect\nis it running?")))
    assert problem is not None
    assert problem.message == "PostgreSQL does not answer: could not connect"


@pytest.mark.parametrize(
    ("variables", "what"),
    [
        ({"LINLI_DEMO": "true", "LINLI_PUBLIC_ADDRESS": "linli.example.org"}, "LINLI_DEMO"),
        ({"LINLI_TIME_ZONE": "Mars/Olympus"}, "LINLI_TIME_ZONE"),
        ({"LINLI_ENCRYPTION_KEYS": "short"}, "LINLI_ENCRYPTION_KEYS"),
        ({"LINLI_SECRET": "short"}, "LINLI_SECRET"),
        ({"LINLI_WORKERS": "1"}, "LINLI_WORKERS"),
        ({"LINLI_WORKERS": "many"}, "settings"),
    ],
)
def test_doctor_finds_wrong_settings(
    variables: dict[str, str], what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LINLI_HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        wrong = [finding for finding in doctor_checks.check_settings() if finding.state == "wrong"]
    finally:
        settings.cache_clear()
    assert [finding.what for finding in wrong] == [what]
    assert wrong[0].do


def test_doctor_notices_a_misspelt_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LINLI_HOME", str(tmp_path))
    monkeypatch.setenv("LINLI_WORKER", "4")
    settings.cache_clear()
    findings = doctor_checks.check_settings()
    settings.cache_clear()
    assert [(f.state, f.what) for f in findings if f.what == "LINLI_WORKER"] == [("note", "LINLI_WORKER")]
