"""The entry point of `linli`. It applies eventlet's monkey patch before it imports anything else."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

import chassis.monkey_patch  # noqa: F401  isort: skip

import sys
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

from chassis.cli.command_errors import CommandError, as_command_errors

# Command -> (module under chassis.cli, text for --help). A module is imported when its command is called.
_COMMANDS = {
    "up": ("up", "run all services in this process, with everything they need"),
    "run": ("run", "serve one or more services"),
    "migrate": ("migrate", "bring databases to the version of the code"),
    "seed": ("seed", "insert the demo data into the databases"),
    "topology": ("topology", "declare exchanges, queues and bindings on the broker"),
    "doctor": ("doctor", "check settings, connections, queues and backlogs, and say what to do"),
    "config": ("config", "every setting, its value and its meaning"),
    "new-key": ("new_key", "print a new secret for a setting"),
    "renew": ("renew", "encrypt and index personal fields again with the newest keys"),
    "dead-letters": ("dead_letters", "messages that could not be handled: list, show, redrive, drop"),
    "restored": ("restored", "once after a restore from dumps: new epoch, publish again"),
    "erased": ("erased_list", "print the list of erased accounts, to be kept beside the dumps"),
    "relay": ("relay", "what waits to be published"),
    "asyncapi": ("asyncapi", "print the AsyncAPI document of all messages"),
}


def _plugins() -> dict[str, EntryPoint]:
    """Return the commands of services and tools. They are registered as entry points of this group."""
    return {found.name: found for found in entry_points(group="linli.commands")}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *_plugins()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _COMMANDS:
            command: click.Command = import_module(f"chassis.cli.{_COMMANDS[cmd_name][0]}").command
            return command
        return _load(plugin) if (plugin := _plugins().get(cmd_name)) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        plugins = [(name, f"see `linli {name} --help`") for name in _plugins()]
        with formatter.section("Commands"):
            formatter.write_dl([*((name, text) for name, (_, text) in _COMMANDS.items()), *plugins])

    def invoke(self, ctx: click.Context) -> Any:
        with as_command_errors():
            return super().invoke(ctx)


def _load(plugin: EntryPoint) -> click.Command:
    """Load a command. Raises CommandError if a package that it needs is not installed."""
    try:
        command: click.Command = plugin.load()
    except ModuleNotFoundError as error:
        raise CommandError(
            f"`linli {plugin.name}` cannot be loaded: there is no module {error.name!r}", "pip install 'linli[all]'"
        ) from error
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="linli")
def cli() -> None:
    """Linli (邻里): the service platform of a community service centre. Settings come from the environment: see
    `linli config`."""


def main() -> None:
    """Run `linli`. Exit codes: 0 done, 1 a problem (which is printed), 2 wrong usage, 130 interrupted."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        click.echo(f"linli: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
