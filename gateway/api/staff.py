"""Staff accounts, and residents that staff act for."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database.engine import reading, transaction
from gateway.accounts import passwords, staff, subjects, views
from gateway.accounts.interface import STAFF, ChangeStaff, ListStaff, LookUpResident, NewStaff, Resident, Staff
from gateway.api import access
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.resource import Answer, Resource, created
from gateway.http import current, idempotency

staff_accounts = Resource("staff", "工作人员 · Staff accounts")
residents = Resource("residents", "居民 · Residents that staff act for")
_ADMIN = access.staff("admin")


@staff_accounts.get("/staff", "List staff", query=ListStaff(), answer=STAFF, needs=access.staff("admin", "supervisor", "clerk"))
def list_staff(query: dict[str, Any]) -> dict[str, Any]:
    with reading(current.database()) as session:
        found = staff.list_staff(
            session,
            community_id=current.identity().community_id,
            role=query.get("role"),
            limit=query["limit"],
            cursor=query.get("cursor"),
        )
    return {"items": [views.as_staff(account) for account in found.items], "next_cursor": found.next_cursor}


@staff_accounts.post(
    "/staff",
    "Add a member of staff",
    body=NewStaff(),
    answer=Staff(),
    needs=_ADMIN,
    links=links("account_id", "getStaff", "changeStaff"),
)
def add_staff(body: dict[str, Any]) -> Answer:
    password_hash = passwords.hash_password(body["password"])

    def add(session: Session) -> dict[str, Any]:
        account = staff.create(
            session,
            current.personal(),
            username=body["username"],
            name=body["name"],
            password_hash=password_hash,
            roles=body["roles"],
            grids=body.get("grids", ()),
            community_id=current.identity().community_id or current.settings().community,
            now=current.now(),
        )
        return views.as_staff(account)

    return created(idempotency.once(add), "/staff")


@staff_accounts.get("/staff/<uuid:account_id>", "Read a staff account", answer=Staff(), needs=_ADMIN)
def get_staff(account_id: UUID) -> dict[str, Any]:
    with reading(current.database()) as session:
        return views.as_staff(staff.one(session, account_id, community_id=current.identity().community_id))


@staff_accounts.patch(
    "/staff/<uuid:account_id>",
    "Change roles, password or access of a member of staff",
    body=ChangeStaff(),
    answer=Staff(),
    needs=_ADMIN,
    versioned=True,
)
def change_staff(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    new_hash = passwords.hash_password(body["password"]) if "password" in body else None
    now = current.now()
    with transaction(current.database()) as session:
        account = staff.one(session, account_id, community_id=current.identity().community_id, lock=True)
        account.expect_version(expected_version().get("expected_version"))
        if "roles" in body or "grids" in body:
            before = views.as_staff(account)
            roles, grids = body.get("roles", before["roles"]), body.get("grids", before["grids"])
            staff.set_roles(session, account, roles, grids, now)
        if new_hash is not None:
            staff.set_password(session, account, new_hash)
        if "disabled" in body:
            staff.set_disabled(session, account, body["disabled"], now, by=UUID(current.identity().signed_in()))
        return views.as_staff(account)


@residents.post(
    "/residents/lookup",
    "Find a resident by phone",
    status=200,
    body=LookUpResident(),
    answer=Resident(),
    needs=access.staff("clerk", "grid_worker"),
    refuses=(404, 429),
    description="To book or register for somebody who is at the counter. Each look is logged.",
)
def look_up_resident(body: dict[str, Any]) -> dict[str, Any]:
    return subjects.look_up(body["phone"])
