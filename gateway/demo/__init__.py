"""The demo: its communities, its accounts, its photos, and sign-in to them.

`linli seed` and `linli up` add the communities, the accounts and the photos. gateway.app installs `sign_in` if LINLI_DEMO is
on. No other part of the gateway imports this package.
"""

from chassis.rpc.call import Call
from gateway.demo import directory, photos
from gateway.demo.people import COMMUNITY, RESIDENTS, STAFF, STAFF_PASSWORD, seed_people
from gateway.demo.sign_in import CODE

__all__ = ["COMMUNITY", "RESIDENTS", "STAFF", "STAFF_PASSWORD", "accounts", "seed", "seed_people"]


def accounts() -> list[tuple[str, str, str]]:
    """The accounts for the demo's start message, two rows for each community: (where, who and how, sign-in names)."""
    rows = []
    for community in directory.DISTRICT["communities"]:
        residents = [f"{person.phone} {person.name}" for person in RESIDENTS if person.community == community["id"]]
        staff = [f"{person.username} {person.name}" for person in STAFF if person.community == community["id"]]
        rows.append((community["name"]["zh-CN"], f"residents, code {CODE}", ", ".join(residents)))
        rows.append(("", f"staff, password {STAFF_PASSWORD}", ", ".join(staff)))
    return rows


def seed(call: Call) -> None:
    """Add the communities, people and photos that are missing. It can be called again."""
    directory.seed(call)
    seed_people(call)
    photos.seed(call)
