"""Staff accounts."""

from typing import Any
from uuid import UUID

from gateway.accounts.interface.staff import STAFF, AddedStaff, ChangeStaff, Invitation, LinkSubject, ListStaff, NewStaff, Staff
from gateway.api import access
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.resource import NO_CONTENT, Answer, Resource, created
from gateway.operations import oidc
from gateway.operations import staff as staff_work
from gateway.refusals.providers import NoProvider, SubjectTaken
from gateway.refusals.staff import AccountDisabled, WorksElsewhere

staff_accounts = Resource("staff", "工作人员 · Staff accounts")
_ADMIN = access.staff("admin")


@staff_accounts.get("/staff", "List staff", query=ListStaff(), answer=STAFF, needs=access.staff("admin", "supervisor", "clerk"))
def list_staff(query: dict[str, Any]) -> dict[str, Any]:
    return staff_work.list_staff(**query)


@staff_accounts.post(
    "/staff",
    "Add a member of staff",
    body=NewStaff(),
    answer=AddedStaff(),
    needs=_ADMIN,
    description="Without `password` the person is invited: send them `invitation.link`, on which they choose a password. The "
    "link is only in this answer, and in the answer to a repetition with the same Idempotency-Key.",
    links=links("account_id", "getStaff", "changeStaff", "inviteStaff"),
)
def add_staff(body: dict[str, Any]) -> Answer:
    return created(staff_work.add(**body), "/staff")


@staff_accounts.get("/staff/<uuid:account_id>", "Read a staff account", answer=Staff(), needs=_ADMIN)
def get_staff(account_id: UUID) -> dict[str, Any]:
    return {name: value for name, value in staff_work.get(account_id).items() if name != "may_change"}


@staff_accounts.patch(
    "/staff/<uuid:account_id>",
    "Change roles, password or access of a member of staff",
    body=ChangeStaff(),
    answer=Staff(),
    needs=_ADMIN,
    refuses=[WorksElsewhere],
    versioned=True,
)
def change_staff(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return staff_work.change(account_id, expected_version=expected_version().get("expected_version"), **body)


@staff_accounts.post(
    "/staff/<uuid:account_id>/invitation",
    "Invite a member of staff again",
    answer=Invitation(),
    needs=_ADMIN,
    refuses=[WorksElsewhere, AccountDisabled],
    description="Makes a new link and ends the one before. The old password, the authenticator and all sessions of the account "
    "end at once. The link is only in this answer, and in the answer to a repetition with the same Idempotency-Key.",
)
def invite_staff(account_id: UUID) -> dict[str, Any]:
    return staff_work.invite(account_id)


@staff_accounts.put(
    "/staff/<uuid:account_id>/subject",
    "Link a member of staff with the OpenID provider",
    status=204,
    body=LinkSubject(),
    needs=_ADMIN,
    refuses=[WorksElsewhere, SubjectTaken, NoProvider],
    description="The person then signs in with the account of that `subject` at LINLI_OIDC_ISSUER.",
)
def link_staff(body: dict[str, Any], account_id: UUID) -> Answer:
    oidc.link(account_id, body["subject"])
    return NO_CONTENT
