"""The demo: its accounts, its photos, and how one signs in to it.

`linli seed` and `linli up` add the accounts and photos. gateway.app installs `sign_in` where LINLI_DEMO is on. No other part
of the gateway imports this package.
"""

from chassis.rpc.call import Call
from gateway.demo import photos
from gateway.demo.people import COMMUNITY, RESIDENTS, STAFF, STAFF_PASSWORD, seed_people
from gateway.demo.sign_in import CODE

__all__ = ["COMMUNITY", "RESIDENTS", "STAFF", "STAFF_PASSWORD", "accounts", "seed", "seed_people"]


def accounts() -> list[tuple[str, str, str]]:
    """Who can sign in: (name, role, how)."""
    residents = [(person.name, "resident", f"phone {person.phone}, code {CODE}") for person in RESIDENTS]
    staff = [(person.name, ", ".join(person.roles), f"{person.username} / {STAFF_PASSWORD}") for person in STAFF]
    return residents + staff


def seed(call: Call) -> None:
    """Add the people and the photos that are missing. May be called again at any time."""
    seed_people(call)
    photos.seed(call)
