"""The people of the demo: residents of each community, and one member of staff for each role there."""

from dataclasses import dataclass

from sqlalchemy import select

from chassis.config import settings
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts.models import Account, RoleGrant
from gateway.accounts.passwords import hash_password
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phones import normalised

COMMUNITY = "liuyi"  # the one that visitors see first
STAFF_PASSWORD = "linli-demo"  # noqa: S105 - public


ROLES = {"grid": "grid_worker"}  # of user names that are not the name of the role


@dataclass(frozen=True, slots=True)
class Person:
    community: str
    username: str
    name: str
    phone: str = ""
    roles: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()


def _residents(community: str, **people: tuple[str, str]) -> tuple[Person, ...]:
    """(name, phone) by the name from which the id is made."""
    return tuple(Person(community, username, name, phone) for username, (name, phone) in people.items())


def _staff(community: str, **names: str) -> tuple[Person, ...]:
    """One person for each role. User names have the id of the community, except in the first one. The grid worker has the first
    two grids."""
    suffix = "" if community == COMMUNITY else f".{community}"
    grids = (f"{community}-1", f"{community}-2")
    return tuple(
        Person(community, f"{role}{suffix}", name, roles=(ROLES.get(role, role),), grids=grids if role == "grid" else ())
        for role, name in names.items()
    )


RESIDENTS = (
    *_residents(
        "liuyi",
        wang=("王秀英", "19900000001"),
        li=("李建国", "19900000002"),
        zhang=("张敏", "19900000003"),
        ma=("马晓燕", "19900000004"),
        chen=("陈浩", "19900000005"),
    ),
    *_residents("yuxin", shen=("沈桂兰", "19900000011"), han=("韩磊", "19900000012"), bai=("白雪", "19900000013")),
    *_residents("zhongzhou", luo=("罗玉珍", "19900000021"), liang=("梁超", "19900000022"), peng=("彭佳", "19900000023")),
)
STAFF = (
    *_staff(
        "liuyi",
        clerk="刘芳",
        grid="赵志强",
        handler="孙立",
        mediator="周海燕",
        organiser="吴婷",
        supervisor="郑国平",
        admin="何伟",
    ),
    *_staff("yuxin", clerk="高静", grid="宋勇", handler="丁伟民", organiser="唐丽", admin="邓建军"),
    *_staff("zhongzhou", clerk="冯敏", grid="蒋涛", handler="杜鹏", organiser="苏婷婷", admin="程国强"),
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
            community_id=person.community,
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
