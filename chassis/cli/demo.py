"""Demo data and demo accounts. They are seeded once, never on an address that others can reach, and never beside real data."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, select
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

# Rows of relay_state.
_SEEDED = "demo-seeded"
_REAL = "used without the demo"


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
    container's configuration decides which ports are published. A container has one proxy, that of docker-compose.yml. Others
    are noticed by their requests (`only_here` of the service with the accounts)."""
    config = settings()
    if not config.demo:
        return
    addresses = (config.public_address, config.bind) if listening_here else (config.public_address,)
    if public := [address for address in addresses if not is_loopback(address)]:
        raise CommandError(
            f"LINLI_DEMO is on, and {public[0]} can be reached by others: demo passwords are public",
            "unset LINLI_DEMO, or keep LINLI_BIND and LINLI_PUBLIC_ADDRESS on 127.0.0.1",
        )
    if _proxies_in_front() > (0 if listening_here else 1):
        raise CommandError(
            "LINLI_DEMO is on, and a proxy stands in front (LINLI_PROXIES): demo passwords are public",
            "unset LINLI_DEMO, or LINLI_PROXIES if there is no proxy",
        )


def refuse_demo_on_real_data(engines: dict[str, Engine]) -> None:
    """Raises CommandError if the demo is on and a database was used for real: it was never seeded and has accounts that are
    not the demo's, or it was served without the demo and has staff of its own. Without the demo, note that the database is
    used for real."""
    for service, engine in engines.items():
        if (part := service_registry.module_of(service, "demo")) is None or not hasattr(part, "has_accounts"):
            continue
        with transaction(engine) as session:
            noted = set(session.scalars(select(tables.relay_state.c.name)))
            if not settings().demo:
                if part.has_own_staff(session):
                    session.execute(_MARK_REAL)
            elif _REAL in noted or (_SEEDED not in noted and part.has_accounts(session)):
                raise CommandError(
                    f"LINLI_DEMO is on, and the database of {service} holds data that is not the demo's",
                    "unset LINLI_DEMO, or give the demo databases of its own (another LINLI_HOME or LINLI_DATABASE_URL)",
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
    return [account for part in _parts("accounts") for account in part.accounts()]


def _proxies_in_front() -> int:
    """Asks the settings of the installed services, and not their demos: those would load the code of every service into every
    process, which was 40 MB in each."""
    parts = [service_registry.module_of(service, "settings") for service in service_registry.installed()]
    return max((part.proxies_in_front() for part in parts if hasattr(part, "proxies_in_front")), default=0)


def _parts(name: str) -> list[Any]:
    """The demos of the installed services that have `name`."""
    parts = [service_registry.module_of(service, "demo") for service in service_registry.installed()]
    return [part for part in parts if hasattr(part, name)]


_MARK_REAL = insert(tables.relay_state).values(name=_REAL, at=func.now()).on_conflict_do_nothing()
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
    return next(str(part.COMMUNITY) for part in _parts("accounts"))
