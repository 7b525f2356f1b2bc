"""Demo data and demo accounts: put in once, and never where others can reach them."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, func
from sqlalchemy.dialects.postgresql import insert

from chassis import catalogue
from chassis.cli.problem import Problem
from chassis.config import settings
from chassis.database import tables
from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
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
    """Raises Problem if demo accounts, whose passwords everybody knows, would be on an address others can reach. Only
    with `listening_here` is that LINLI_BIND too: in a container it has to be 0.0.0.0, and what is published from there
    is decided outside."""
    config = settings()
    addresses = (config.public_address, config.bind) if listening_here else (config.public_address,)
    if config.demo and (public := [address for address in addresses if not is_loopback(address)]):
        raise Problem(
            f"LINLI_DEMO is on, and {public[0]} can be reached by others: demo passwords are public",
            "unset LINLI_DEMO, or keep LINLI_BIND and LINLI_PUBLIC_ADDRESS on 127.0.0.1",
        )


def seed(engines: dict[str, Engine], *, again: bool, tell: Callable[[str], None]) -> None:
    """Run every service's `demo.seed`, accounts first, each in a transaction. Without `again` only where it has not
    been done yet. `tell` hears the name of each service that was seeded."""
    parts = [(service, part) for service in engines if (part := catalogue.part_of(service, "demo"))]
    for service, part in sorted(parts, key=lambda found: not hasattr(found[1], "accounts")):
        with transaction(engines[service]) as session:
            first = session.execute(_ONCE).rowcount  # type: ignore[attr-defined]  # a CursorResult
            if first or again:
                part.seed(Call(session, datetime.now(UTC), _operator()))
                tell(service)


def accounts() -> list[tuple[str, str, str]]:
    """Who can sign in to the demo: (name, role, how), from the service whose demo has accounts."""
    parts = [catalogue.part_of(service, "demo") for service in catalogue.here()]
    return [account for part in parts if hasattr(part, "accounts") for account in part.accounts()]


_ONCE = insert(tables.relay_state).values(name=_SEEDED, at=func.now()).on_conflict_do_nothing()


def _operator() -> Identity:
    return Identity(
        account_id=str(demo_id("account", "admin")),
        party="staff",
        roles=frozenset({"admin"}),
        community_id=settings().community,
    )
