"""Staff accounts."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts import passwords, staff, views
from gateway.accounts.interface import STAFF, ChangeStaff, ListStaff, NewStaff, Staff
from gateway.api import access
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.resource import Answer, Resource, created
from gateway.http import current, idempotency

staff_accounts = Resource("staff", "工作人员 · Staff accounts")
_ADMIN = access.staff("admin")


@staff_accounts.get("/staff", "List staff", query=ListStaff(), answer=STAFF, needs=access.staff("admin", "supervisor", "clerk"))
def list_staff(query: dict[str, Any]) -> dict[str, Any]:
    with current.accounts().reading() as call:
        found = staff.list_staff(call, **query)
        items = [views.of_staff(account, call.personal) for account in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


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
        call = current.accounts().within(session)
        account = staff.create(
            call,
            username=body["username"],
            name=body["name"],
            password_hash=password_hash,
            roles=body["roles"],
            grids=body.get("grids", ()),
            communities=body.get("communities", ()),
            whole_district=body.get("whole_district", False),
        )
        return views.of_staff(account, call.personal)

    return created(idempotency.once(add), "/staff")


@staff_accounts.get("/staff/<uuid:account_id>", "Read a staff account", answer=Staff(), needs=_ADMIN)
def get_staff(account_id: UUID) -> dict[str, Any]:
    with current.accounts().reading() as call:
        return views.of_staff(staff.get(call, account_id), call.personal)


@staff_accounts.patch(
    "/staff/<uuid:account_id>",
    "Change roles, password or access of a member of staff",
    body=ChangeStaff(),
    answer=Staff(),
    needs=_ADMIN,
    versioned=True,
)
def change_staff(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    password_hash = passwords.hash_password(body["password"]) if "password" in body else None
    with current.accounts().transaction() as call:
        account = staff.change(
            call,
            account_id,
            expected_version=expected_version().get("expected_version"),
            roles=body.get("roles"),
            grids=body.get("grids"),
            communities=body.get("communities"),
            whole_district=body.get("whole_district"),
            name=body.get("name"),
            password_hash=password_hash,
            disabled=body.get("disabled"),
        )
        return views.of_staff(account, call.personal)
