"""`linli admin`: the first admin of an installation, and admins who cannot sign in any more. For operators."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import select

from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases, refuse_unmigrated
from chassis.config import settings
from chassis.database.engine import transaction
from chassis.rpc.communities import DISTRICT
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Invalid, Refusal
from gateway.accounts import invitations, passwords
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.interface.passwords import LEAST_PASSWORD
from gateway.accounts.interface.staff import BAD_USERNAME, USERNAME
from gateway.accounts.invitations import Invited
from gateway.accounts.models import NO_COMMUNITY, Account, RoleGrant
from gateway.accounts.personal import PersonalFields
from gateway.accounts.staff import adding, changing
from gateway.directory import storage as directory

SERVICE = "gateway"
# Acts in the whole district, and has no account.
OPERATOR = Identity(party="system", works_in=DISTRICT)

_address = click.option("--address", help="The address of the pages, such as https://linli.example, to print the whole link.")
_password = click.option(
    "--password", "with_password", is_flag=True, help="Ask for a password (or read it from stdin) instead of printing a link."
)


@click.group("admin")
def admin() -> None:
    """Admins: make the first one, and give one who cannot sign in a new link. Admins make all other staff on the pages."""


@admin.command("create")
@click.argument("username")
@click.option("--name", required=True, help="The name of the person, for colleagues.")
@click.option("--community", "communities", multiple=True, metavar="ID", help="Work in this community only; can be repeated.")
@_address
@_password
def create(username: str, name: str, communities: Sequence[str], address: str | None, with_password: bool) -> None:
    """Make an admin USERNAME of the whole district, or of the given communities. Prints a link with which the person chooses a
    password. It works once, within seven days."""
    if not USERNAME.fullmatch(username):
        raise CommandError(f"{username!r} is no user name. {BAD_USERNAME.en}")
    if not name.strip() or len(name) > 40:
        raise CommandError("the name must have 1 to 40 characters")
    password_hash = _asked_password() if with_password else None
    with _call() as call:
        account = adding.create(
            call,
            username=username,
            name=name.strip(),
            roles=["admin"],
            password_hash=password_hash,
            communities=communities,
            whole_district=not communities,
        )
        invited = None if password_hash else invitations.invite(call, account)
    click.echo(f"{username} is an admin of {', '.join(communities) or 'the whole district'}")
    _print_link(invited, address)


@admin.command("reset")
@click.argument("username")
@_address
def reset(username: str, address: str | None) -> None:
    """Give the admin USERNAME a new link to choose a password. The old password, the authenticator and every session of the
    account end at once, and so does an earlier link."""
    with _call() as call:
        account = _find(call, username)
        if account.disabled_at is not None:
            changing.change(call, account.id, disabled=False)
        invited = invitations.invite(call, account)
    click.echo(f"{username} is signed out everywhere, and the old password does not work any more")
    _print_link(invited, address)


@admin.command("list")
def list_admins() -> None:
    """List the admins: user name, state, where they work."""
    with _call() as call:
        found = call.session.scalars(_ADMINS.order_by(Account.username)).all()
    for account in found:
        click.echo(f"{account.username:20} {account.state:9} {', '.join(sorted(account.reach.ids or ['the whole district']))}")
    if not found:
        click.echo("there is no admin yet: linli admin create USERNAME --name NAME")


# Meant for the whole district: operators are not bound to a community.
_ADMINS = select(Account).where(Account.party == "staff", Account.grants.any(RoleGrant.role == "admin"), ~Account.sample)


def _find(call: AccountCall, username: str) -> Account:
    account = call.session.scalar(_ADMINS.where(Account.username == username).with_for_update())
    if account is None:
        raise CommandError(f"there is no admin {username}", "`linli admin list` prints the admins")
    return account


def _asked_password() -> str:
    """The hash of a password that the operator types twice, or of the first line of stdin."""
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not LEAST_PASSWORD <= len(password) <= 200:
        raise CommandError(f"the password must have {LEAST_PASSWORD} to 200 characters")
    return passwords.hash_password(password)


def _print_link(invited: Invited | None, address: str | None) -> None:
    if invited is None:
        return
    base = (address or _default_address()).rstrip("/")
    click.echo(f"choose a password here, once, until {invited.expires_at:%Y-%m-%d %H:%M} UTC:")
    click.echo(f"  {base}/{invitations.PAGE}{invited.token}")


def _default_address() -> str:
    config = settings()
    host = "localhost" if config.public_address in ("127.0.0.1", "0.0.0.0", "::1") else config.public_address  # noqa: S104
    return host if "://" in host else f"http://{host}:{config.port}"


@contextmanager
def _call() -> Iterator[AccountCall]:
    """One transaction on the gateway's database. Raises CommandError if migrations are missing, and for refusals."""
    with databases([SERVICE]) as engines:
        engine = engines[SERVICE]
        refuse_unmigrated(SERVICE, engine)
        with transaction(engine) as session:
            accounts = Accounts(
                database=engine,
                personal=PersonalFields(settings().encryption_keys, settings().index_keys),
                now=datetime.now(UTC),
                # The first admin describes the first community.
                community_id=directory.first_id(session) or NO_COMMUNITY,
                acting=OPERATOR,
                operation="linli admin",
            )
            try:
                yield accounts.within(session)
            except Refusal as refusal:
                raise CommandError(_sentence(refusal)) from refusal


def _sentence(refusal: Refusal) -> str:
    if isinstance(refusal, Invalid):
        return "; ".join(f"{error['field']}: {error['message']}" for error in refusal.details_for("en")["errors"])
    return refusal.text("en")
