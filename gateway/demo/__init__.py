"""The demo: its communities, its accounts, its photos, its system, and sign-in to them.

`linli seed` and `linli up` add the communities, the accounts and the photos. With LINLI_DEMO, gateway.app installs `sign_in`
and gateway.service installs `only_here`. No other part of the gateway imports this package.
"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from chassis.rpc.call import Call
from gateway.accounts.models import Account
from gateway.demo import directory, photos, space_photos, systems
from gateway.demo.people import COMMUNITY, RESIDENTS, STAFF, STAFF_PASSWORD, seed_people
from gateway.demo.sign_in import CODE

__all__ = [
    "COMMUNITY",
    "RESIDENTS",
    "STAFF",
    "STAFF_PASSWORD",
    "accounts",
    "has_accounts",
    "has_own_staff",
    "seed",
    "seed_people",
]


def accounts() -> list[tuple[str, str, str]]:
    """The accounts for the demo's start message: (where, who and how, sign-in names). There are two rows for each community,
    and one for the staff of the whole district."""
    rows, of_staff = [], f"staff, password {STAFF_PASSWORD}"
    here = [person for person in STAFF if not person.whole_district]
    for community in directory.DISTRICT["communities"]:
        residents = [f"{person.phone} {person.name}" for person in RESIDENTS if person.community == community["id"]]
        staff = [f"{person.username} {person.name}" for person in here if person.community == community["id"]]
        rows.append((community["name"]["zh-CN"], f"residents, code {CODE}", ", ".join(residents)))
        rows.append(("", of_staff, ", ".join(staff)))
    everywhere = [f"{person.username} {person.name}" for person in STAFF if person.whole_district]
    return [*rows, ("全区", of_staff, ", ".join(everywhere))]


def seed(call: Call) -> None:
    """Add the communities, people, photos and systems that are missing. It can be called again."""
    directory.seed(call)
    seed_people(call)
    photos.seed(call)
    space_photos.seed(call)
    systems.seed(call)


def has_accounts(session: Session) -> bool:
    """Whether anybody has an account here who is not of the demo."""
    return bool(session.scalar(select(exists(select(Account.id).where(~Account.sample)))))


def has_own_staff(session: Session) -> bool:
    """Whether there are members of staff who are not the demo's."""
    return bool(session.scalar(select(exists(select(Account.id).where(Account.party == "staff", ~Account.sample)))))
