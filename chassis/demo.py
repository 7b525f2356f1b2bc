"""Ids of demo data. Services use the same ids without a call to each other."""

from uuid import NAMESPACE_URL, UUID, uuid5


def demo_id(kind: str, name: str) -> UUID:
    """Return the id of a demo object: `demo_id("account", "wang")`. It is the same on every machine."""
    return uuid5(NAMESPACE_URL, f"linli:{kind}:{name}")
