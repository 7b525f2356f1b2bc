"""Demo data and demo accounts. They are seeded once, and never on an address that others can reach."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, func
from sqlalchemy.dialects.postgresql import insert

from chassis import service_registry
from chassis.cli.command_errors import CommandError
from chassis.config import settings
from chassis.database import tables
from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import Identity

_SEEDED = "demo-seeded"  # a row of relay_state


def is_loopback(address: str) -> bool:
    """True if only this machine can reach `address`."""
    if address in ("localhost", "ip6-localhost"):
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_demo_in_public(*, listening_here: bool = False) -> None:
    """Raises CommandError if others could reach the demo accounts, because their passwords are public. LINLI_PUBLIC_ADDRESS is
    always checked. LINLI_BIND is checked only with `listening_here`: in a container LINLI_BIND must be 0.0.0.0, and the
    container's configuration decides which ports are published."""
    config = settings()
    addresses = (config.public_address, config.bind) if listening_here else (config.public_address,)
    if config.demo and (public := [address for address in addresses if not is_loopback(address)]):
        raise CommandError(
            f"LINLI_DEMO is on, and {public[0]} can be reached by others: demo passwords are public",
            "unset LINLI_DEMO, or keep LINLI_BIND and LINLI_PUBLIC_ADDRESS on 127.0.0.1",
        )


def seed(engines: dict[str, Engine], *, again: bool, on_seeded: Callable[[str], None]) -> None:
    """Run `demo.seed` of every service, each in a transaction. The service with the accounts is first. Without `again`, skip
    services that were seeded before. Calls `on_seeded` with the name of each seeded service."""
    parts = [(service, part) for service in engines if (part := service_registry.module_of(service, "demo"))]
    for service, part in sorted(parts, key=lambda found: not hasattr(found[1], "accounts")):
        with transaction(engines[service]) as session:
            first = session.execute(_MARK_SEEDED).rowcount  # type: ignore[attr-defined]  # a CursorResult
            if first or again:
                part.seed(Call(session, datetime.now(UTC), _admin(), communities=Communities.only(_community())))
                on_seeded(service)


def accounts() -> list[tuple[str, str, str]]:
    """Return the demo accounts in groups, (where, who and how to sign in, sign-in names), from the service whose demo has
    accounts."""
    parts = [service_registry.module_of(service, "demo") for service in service_registry.installed()]
    return [account for part in parts if hasattr(part, "accounts") for account in part.accounts()]


_MARK_SEEDED = insert(tables.relay_state).values(name=_SEEDED, at=func.now()).on_conflict_do_nothing()


def _admin() -> Identity:
    return Identity(
        account_id=str(demo_id("account", "admin")),
        party="staff",
        roles=frozenset({"admin"}),
        community_id=_community(),
    )


def _community() -> str:
    """The community of the demo's admin, from the service whose demo has accounts."""
    parts = [service_registry.module_of(service, "demo") for service in service_registry.installed()]
    return next(str(part.COMMUNITY) for part in parts if hasattr(part, "accounts"))
