"""`linli doctor`: checks settings, servers and services, and gives advice for each problem."""

import os

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from chassis import service_registry
from chassis.cli import doctor_broker_checks, doctor_checks, doctor_host_checks, instances
from chassis.cli.command_errors import explain
from chassis.cli.databases import databases
from chassis.config import settings
from chassis.observability.findings import Finding

_MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}


@click.command("doctor")
def command() -> int:
    """Check settings, secrets, disk, databases, migrations, backlogs, parked messages, broker, queues, services and the
    servers that services use. Changes nothing. Exit code 1 if anything is wrong."""
    findings = [*_found_instance(), *doctor_checks.check_settings()]
    if not any(finding.state == "wrong" for finding in findings):
        findings += [*doctor_host_checks.check_disk(), *_of_databases(), *doctor_broker_checks.check_broker()]
        findings += [*doctor_host_checks.check_services(), *doctor_host_checks.check_process()]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "what", "finding", "do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(_MARKS[finding.state], finding.what, finding.text, finding.do)
    Console(highlight=False).print(table)
    wrong = sum(finding.state == "wrong" for finding in findings)
    click.echo(f"{wrong} wrong" if wrong else "all well")
    return int(wrong > 0)


def _found_instance() -> list[Finding]:
    """Look at the instance of `linli up` that runs, wherever its home and ports are."""
    if (instance := instances.adopt()) is None:
        return []
    if not instance.own_servers and not os.environ.get("LINLI_DATABASE_URL"):
        advice = "set LINLI_DATABASE_URL and LINLI_AMQP_URI as for it: they have passwords, so it does not tell them"
        return [Finding("note", "instance", f"{instance.url} uses servers of yours, which are not checked", advice)]
    return [Finding("ok", "instance", f"{instance.url} runs, with its data in {settings().home}")]


def _of_databases() -> list[Finding]:
    try:
        with databases(service_registry.installed()) as engines:
            return [finding for service, engine in engines.items() for finding in _of_database(service, engine)]
    except Exception as error:
        return [_finding_for("databases", error)]


def _of_database(service: str, engine: Engine) -> list[Finding]:
    """Check one database. If it is unavailable, return that as a finding, so that the other databases are still checked."""
    try:
        return list(doctor_checks.check_database(service, engine))
    except Exception as error:
        return [_finding_for(service, error)]


def _finding_for(what: str, error: Exception) -> Finding:
    """Return a finding for `error`. Raises `error` again if it is a bug."""
    if (problem := explain(error)) is None:
        raise error
    return Finding("wrong", what, problem.message, problem.do)
