"""Ids of demo data that several services speak of, without asking each other."""

from uuid import NAMESPACE_URL, UUID, uuid5


def demo_id(kind: str, name: str) -> UUID:
    """The same id for the same thing on every machine: `demo_id("account", "wang")`."""
    return uuid5(NAMESPACE_URL, f"linli:{kind}:{name}")
