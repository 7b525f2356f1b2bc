"""The demo: its community, its accounts, its photos, and sign-in to them.

`linli seed` and `linli up` add the community, the accounts and the photos. gateway.app installs `sign_in` if LINLI_DEMO is
on. No other part of the gateway imports this package.
"""

from chassis.rpc.call import Call
from gateway.demo import directory, photos
from gateway.demo.people import COMMUNITY, RESIDENTS, STAFF, STAFF_PASSWORD, seed_people
from gateway.demo.sign_in import CODE

__all__ = ["COMMUNITY", "RESIDENTS", "STAFF", "STAFF_PASSWORD", "accounts", "seed", "seed_people"]


def accounts() -> list[tuple[str, str, str]]:
    """The accounts for the demo's start message: (name, role, how to sign in)."""
    residents = [(person.name, "resident", f"phone {person.phone}, code {CODE}") for person in RESIDENTS]
    staff = [(person.name, ", ".join(person.roles), f"{person.username} / {STAFF_PASSWORD}") for person in STAFF]
    return residents + staff


def seed(call: Call) -> None:
    """Add the community, people and photos that are missing. It can be called again."""
    directory.seed(call)
    seed_people(call)
    photos.seed(call)
