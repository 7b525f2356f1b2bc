"""`linli doctor`: checks settings, servers and services, and gives advice for each problem."""

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from chassis import catalogue
from chassis.cli import broker_examinations, examinations, surroundings
from chassis.cli.databases import databases
from chassis.cli.problem import explain
from chassis.observability.findings import Finding

_MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}


@click.command("doctor")
def command() -> int:
    """Check settings, secrets, disk, databases, migrations, backlogs, parked messages, broker, queues, services and the
    servers that services use. Changes nothing. Exit code 1 if anything is wrong."""
    findings = examinations.of_settings()
    if not any(finding.state == "wrong" for finding in findings):
        findings += [*surroundings.of_disk(), *_of_databases(), *broker_examinations.of_broker()]
        findings += [*surroundings.of_services(), *surroundings.of_process()]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "what", "finding", "do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(_MARKS[finding.state], finding.what, finding.text, finding.do)
    Console(highlight=False).print(table)
    wrong = sum(finding.state == "wrong" for finding in findings)
    click.echo(f"{wrong} wrong" if wrong else "all well")
    return int(wrong > 0)


def _of_databases() -> list[Finding]:
    try:
        with databases(catalogue.here()) as engines:
            return [finding for service, engine in engines.items() for finding in _of_database(service, engine)]
    except Exception as error:
        return [_told("databases", error)]


def _of_database(service: str, engine: Engine) -> list[Finding]:
    """Check one database. If it is unavailable, return that as a finding, so that the other databases are still checked."""
    try:
        return list(examinations.of_database(service, engine))
    except Exception as error:
        return [_told(service, error)]


def _told(what: str, error: Exception) -> Finding:
    """Return a finding for `error`. Raises `error` again if it is a bug."""
    if (problem := explain(error)) is None:
        raise error
    return Finding("wrong", what, problem.message, problem.do)
