"""The people of the demo: five residents, and one member of staff for each role."""

from dataclasses import dataclass

from sqlalchemy import select

from chassis.config import settings
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts.models import Account, RoleGrant
from gateway.accounts.passwords import hash_password
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phones import normalised

COMMUNITY = "liuyi"
STAFF_PASSWORD = "linli-demo"  # noqa: S105 - public


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    name: str
    phone: str = ""
    roles: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()


RESIDENTS = (
    Person("wang", "王秀英", "19900000001"),
    Person("li", "李建国", "19900000002"),
    Person("zhang", "张敏", "19900000003"),
    Person("ma", "马晓燕", "19900000004"),
    Person("chen", "陈浩", "19900000005"),
)
STAFF = (
    Person("clerk", "刘芳", roles=("clerk",)),
    Person("grid", "赵志强", roles=("grid_worker",), grids=("liuyi-1", "liuyi-2")),
    Person("handler", "孙立", roles=("handler",)),
    Person("mediator", "周海燕", roles=("mediator",)),
    Person("organiser", "吴婷", roles=("organiser",)),
    Person("supervisor", "郑国平", roles=("supervisor",)),
    Person("admin", "何伟", roles=("admin",)),
)


def seed_people(call: Call) -> None:
    """Add missing people, without photos."""
    personal = PersonalFields(settings().encryption_keys)
    wanted = {demo_id("account", person.username): person for person in (*RESIDENTS, *STAFF)}
    known = set(call.session.scalars(select(Account.id).where(Account.id.in_(wanted))))
    password_hash = hash_password(STAFF_PASSWORD) if known != set(wanted) else ""
    for account_id, person in wanted.items():
        if account_id in known:
            continue
        account = Account(
            id=account_id,
            community_id=COMMUNITY,
            party="staff" if person.roles else "resident",
            username=person.username if person.roles else None,
            password_hash=password_hash if person.roles else None,
            name=personal.seal(person.name),
            key_id=personal.key_id,
            language="zh-CN",
            contact_due=bool(person.phone),
            sample=True,
            created_at=call.now,
        )
        if person.phone:
            phone = normalised(person.phone)
            account.phone, account.phone_index = personal.seal(phone), personal.index(phone)
        for role in person.roles:
            grids = list(person.grids) if role == "grid_worker" else []
            account.grants.append(RoleGrant(role=role, grids=grids, granted_at=call.now))
        call.session.add(account)
    call.session.flush()
