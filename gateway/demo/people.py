"""The people of the demo: residents of each community, one member of staff for each role there, an admin of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from chassis.config import settings
from chassis.database import erased
from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.accounts import name_index, search_index
from gateway.accounts.families.models import Guardianship, Household
from gateway.accounts.models import Account, RoleGrant
from gateway.accounts.passwords import hash_password
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phone_list.models import SIGN_IN, ResidentPhone
from gateway.accounts.phones import normalised
from gateway.consents.models import Consent
from gateway.directory.models import Community

COMMUNITY = "liuyi"  # the one that visitors see first
STAFF_PASSWORD = "linli-demo"  # noqa: S105 - public


DEPARTMENTS = ("public-works", "sanitation", "urban-management")  # of each handler
ROLES = {"grid": "grid_worker"}  # of user names that are not the name of the role


@dataclass(frozen=True, slots=True)
class Person:
    community: str
    username: str
    name: str
    phone: str = ""
    other_phones: tuple[str, ...] = ()  # with which they sign in too
    contact_phone: str = ""
    birth_year: int | None = None
    roles: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    whole_district: bool = False


def _residents(community: str, **people: tuple[str, str]) -> tuple[Person, ...]:
    """(name, phone) by the name from which the id is made."""
    return tuple(Person(community, username, name, phone) for username, (name, phone) in people.items())


def _staff(community: str, **names: str) -> tuple[Person, ...]:
    """One person for each role. User names have the id of the community, except in the first one. The grid worker has the first
    two grids."""
    suffix = "" if community == COMMUNITY else f".{community}"
    grids = (f"{community}-1", f"{community}-2")
    return tuple(
        Person(
            community,
            f"{role}{suffix}",
            name,
            roles=(ROLES.get(role, role),),
            grids=grids if role == "grid" else (),
            departments=DEPARTMENTS if role == "handler" else (),
        )
        for role, name in names.items()
    )


# Three generations: Ma Xiaoyan, her mother without a phone, and her child. Staff have added the two.
MADE_BY = "clerk"
FAMILY = (
    Person("liuyi", "ma-granny", "马桂英", contact_phone="19900000004", birth_year=1946),
    Person("liuyi", "ma-child", "马小雨", birth_year=2017),
)
GUARDIAN, CHILD, MEMBERS = "ma", "ma-child", ("ma", "ma-granny", "ma-child")
RESIDENTS = (
    Person("liuyi", "wang", "王秀英", "19900000001", birth_year=1952),
    *_residents(
        "liuyi",
        li=("李建国", "19900000002"),
        zhang=("张敏", "19900000003"),
        ma=("马晓燕", "19900000004"),
    ),
    Person("liuyi", "chen", "陈浩", "19900000005", other_phones=("19900000055",)),
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
    Person("liuyi", "admin.district", "陶建华", roles=("admin",), whole_district=True),
)


def seed_people(call: Call) -> None:
    """Add missing people, without photos."""
    personal = PersonalFields(settings().encryption_keys, settings().index_keys)
    search_index.follow(call.session, personal)
    wanted = {demo_id("account", person.username): person for person in (*RESIDENTS, *FAMILY, *STAFF)}
    known = set(call.session.scalars(select(Account.id).where(Account.id.in_(wanted))))
    password_hash = hash_password(STAFF_PASSWORD) if known != set(wanted) else ""
    for account_id, person in wanted.items():
        if account_id in known or erased.is_erased(call.session, account_id):
            continue
        account = Account(
            id=account_id,
            community_id=person.community,
            party="staff" if person.roles else "resident",
            username=person.username if person.roles else None,
            password_hash=password_hash if person.roles else None,
            name=personal.seal(person.name),
            name_index=None if person.roles else name_index.of(personal, person.name),
            key_id=personal.key_id,
            language="zh-CN",
            contact_due=not person.roles,
            birth_year=person.birth_year,
            whole_district=person.whole_district,
            made_by=None if person.roles or person.phone else demo_id("account", MADE_BY),
            sample=True,
            created_at=call.now,
        )
        if person.phone:
            phone = normalised(person.phone)
            account.phone, account.phone_index = personal.seal(phone), personal.index(phone)
        if person.contact_phone:
            contact = normalised(person.contact_phone)
            account.contact_phone, account.contact_phone_index = personal.seal(contact), personal.index(contact)
        for role in person.roles:
            grids = list(person.grids) if role == "grid_worker" else []
            account.grants.append(RoleGrant(role=role, grids=grids, granted_at=call.now))
        account.departments = list(person.departments)
        call.session.add(account)
        for other in person.other_phones:
            call.session.flush()
            _add_phone(call, personal, account_id, normalised(other))
    call.session.flush()
    _agree(call, [account_id for account_id, person in wanted.items() if not person.roles and account_id not in known])
    _make_family(call, personal)


def _add_phone(call: Call, personal: PersonalFields, account_id: UUID, phone: str) -> None:
    """A further phone to sign in with, unless somebody has it."""
    if phone_list.find_sign_in(call.session, personal.indexes(phone)) is None:
        call.session.add(
            ResidentPhone(
                account_id=account_id,
                use=SIGN_IN,
                main=False,
                phone=personal.seal(phone),
                phone_index=personal.index(phone),
                key_id=personal.key_id,
                added_at=call.now,
            )
        )


def _agree(call: Call, account_ids: Sequence[UUID]) -> None:
    """The residents have agreed to the notices of their communities."""
    rows = call.session.execute(
        select(Account.id, Community.id, Community.privacy_version)
        .join(Community, Community.id == Account.community_id)
        .where(Account.id.in_(account_ids), Community.privacy_version > 0)
    )
    for account_id, community_id, version in rows:
        call.session.add(
            Consent(
                account_id=account_id,
                notice_community=community_id,
                version=version,
                given_by="self",
                recorded_by=None,
                agreed_at=call.now,
            )
        )


def _make_family(call: Call, personal: PersonalFields) -> None:
    """The household of the family, and who is the guardian of whom, unless they are there."""
    household_id = demo_id("household", "ma")
    if call.session.get(Household, household_id) is not None:
        return
    made_by, child = demo_id("account", MADE_BY), demo_id("account", CHILD)
    call.session.add(
        Household(
            id=household_id,
            community_id=COMMUNITY,
            address=personal.seal("六一路 18 号院 3 单元 201"),
            key_id=personal.key_id,
            made_by=made_by,
            created_at=call.now,
        )
    )
    call.session.flush()
    for username in MEMBERS:
        call.session.get_one(Account, demo_id("account", username)).household_id = household_id
    guardianship = Guardianship(
        guardian_id=demo_id("account", GUARDIAN), child_id=child, community_id=COMMUNITY, made_by=made_by, created_at=call.now
    )
    call.session.add(guardianship)
    call.session.flush()
