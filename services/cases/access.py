"""Roles, and which account and community a caller belongs to."""

from uuid import UUID

from chassis.config import settings
from chassis.rpc.identity import Identity

DESK = ("clerk", "grid_worker", "handler", "mediator", "supervisor")  # may see cases that others reported
PROXIES = ("clerk", "grid_worker")  # may report for somebody else


def account_of(acting: Identity) -> UUID | None:
    """The caller's account. None for a visitor."""
    return UUID(acting.account_id) if acting.account_id else None


def community_of(acting: Identity) -> str:
    """The caller's community. Visitors and accounts without a community get this installation's default."""
    return acting.community_id or settings().community
