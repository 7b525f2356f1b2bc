"""Roles, and the caller's account."""

from uuid import UUID

from chassis.rpc.identity import Identity

DESK = ("clerk", "grid_worker", "handler", "mediator", "supervisor")  # may see cases that others reported
PROXIES = ("clerk", "grid_worker")  # may report for somebody else


def account_of(acting: Identity) -> UUID | None:
    """The caller's account. None for a visitor."""
    return UUID(acting.account_id) if acting.account_id else None
