"""The demo's accounts and photos. Seeded by `linli seed` and `linli up` only; no other part of the gateway imports it."""

from chassis.rpc.call import Call
from gateway.accounts.codes import DEMO_CODE
from gateway.demo import photos
from gateway.demo.people import RESIDENTS, STAFF, STAFF_PASSWORD, seed_people

__all__ = ["RESIDENTS", "STAFF", "STAFF_PASSWORD", "accounts", "seed", "seed_people"]


def accounts() -> list[tuple[str, str, str]]:
    """Who can sign in: (name, role, how)."""
    residents = [(person.name, "resident", f"phone {person.phone}, code {DEMO_CODE}") for person in RESIDENTS]
    staff = [(person.name, ", ".join(person.roles), f"{person.username} / {STAFF_PASSWORD}") for person in STAFF]
    return residents + staff


def seed(call: Call) -> None:
    """Add the people and the photos that are missing. May be called again at any time."""
    seed_people(call)
    photos.seed(call)
