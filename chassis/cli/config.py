"""`linli config`: shows every setting, its value and its meaning. It also generates docs/configuration.md."""

import os

import click
from rich.console import Console
from rich.table import Table

from chassis import service_registry
from chassis.config import Variable, every_variable

_PAGE = """\
# Configuration

Every setting is an environment variable, read once at start; a value that does not parse stops the start and is named.
`linli doctor` shows what is set and whether it works. `make format` makes this page from `chassis/config.py` and the services'
`settings.py`.

| variable | default | meaning |
|---|---|---|
{rows}

A variable for one service, such as {example}, wins over `LINLI_DATABASE_URL`.
Variables marked 🔒 are secrets: never logged, never shown by `linli doctor`.
"""


@click.command("config")
@click.option("--markdown", is_flag=True, help="The page docs/configuration.md.")
def command(markdown: bool) -> None:
    """Show every setting, its value in this environment, and what it means. Secrets are not shown."""
    if markdown:
        click.echo(as_markdown(), nl=False)
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("variable", "value", "from", "meaning"):
        table.add_column(heading, overflow="fold")
    for variable in every_variable():
        source = "environment" if variable.name in os.environ else "default"
        table.add_row(variable.name, shown(variable), source, variable.help)
    Console(highlight=False).print(table)


def shown(variable: Variable) -> str:
    """Return the current value of a setting for operators. The value of a secret is not shown."""
    value = os.environ.get(variable.name)
    if value is None:
        return _default(variable) or "(empty)"
    return "(set, not shown)" if variable.secret and value else value or "(empty)"


def as_markdown() -> str:
    """Return the text of docs/configuration.md."""
    rows = "\n".join(_row(variable) for variable in every_variable())
    return _PAGE.replace("{rows}", rows).replace("{example}", f"`LINLI_DATABASE_URL_{service_registry.names()[0].upper()}`")


def _row(variable: Variable) -> str:
    default = _default(variable)
    lock = " 🔒" if variable.secret else ""
    return f"| `{variable.name}`{lock} | {f'`{default}`' if default else ''} | {variable.help} |"


def _default(variable: Variable) -> str:
    if isinstance(variable.default, bool):
        return str(variable.default).lower()
    return str(variable.default)
