"""The demo's accounts and photos. Seeded by `linli seed` and `linli up` only; no other part of the gateway imports it."""

from chassis.rpc.call import Call
from gateway.demo import photos
from gateway.demo.people import RESIDENTS, STAFF, STAFF_PASSWORD, seed_people

__all__ = ["RESIDENTS", "STAFF", "STAFF_PASSWORD", "seed", "seed_people"]


def seed(call: Call) -> None:
    """Add the people and the photos that are missing. May be called again at any time."""
    seed_people(call)
    photos.seed(call)
