"""Roles and rights, and the caller's account or system."""

from uuid import UUID

from chassis.rpc.identity import Identity

DESK = ("clerk", "grid_worker", "handler", "mediator", "supervisor")  # may see cases that others reported
READ, WRITE = "cases:read", "cases:write"  # rights of other systems
PROXIES = ("clerk", "grid_worker")  # may report for somebody else


def system_of(acting: Identity) -> UUID | None:
    """The system that calls. None for people."""
    return UUID(acting.system_id) if acting.system_id else None


def account_of(acting: Identity) -> UUID | None:
    """The caller's account. None for a visitor."""
    return UUID(acting.account_id) if acting.account_id else None
