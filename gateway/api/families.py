"""Households, children and guardians."""

from typing import Any
from uuid import UUID

from gateway.accounts.families.interface import (
    CHILDREN,
    GUARDIANS,
    WAITING,
    AddGuardian,
    AddMember,
    Child,
    DescribeHousehold,
    Household,
    HouseholdInvitation,
    Invite,
    JoinHousehold,
    NewChild,
    NewHousehold,
    OwnHousehold,
)
from gateway.api import access
from gateway.api.access import SIGNED_IN
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.resource import NO_CONTENT, Answer, Resource, created
from gateway.operations import families as operations
from gateway.operations.residents import CLERKS
from gateway.refusals.residents import (
    HouseholdElsewhere,
    HouseholdFull,
    InAnotherHousehold,
    NoHousehold,
    OnlyAdults,
    TooManyGuardianships,
)

families = Resource("families", "家庭 · Households, children and guardians")
_CLERKS = access.staff(*CLERKS)
_ONE = "/households/<uuid:household_id>"
_OF_CHILD = "/residents/<uuid:account_id>/guardians"


@families.post(
    "/households",
    "Make a household",
    body=NewHousehold(),
    answer=Household(),
    needs=_CLERKS,
    refuses=(HouseholdElsewhere, InAnotherHousehold),
    links=links("household_id", "getHousehold", "describeHousehold", "addMember"),
)
def create_household(body: dict[str, Any]) -> Answer:
    return created(operations.create_household(**body), "/households")


@families.get(_ONE, "Read a household", answer=Household(), needs=_CLERKS, description="The access is logged.")
def get_household(household_id: UUID) -> dict[str, Any]:
    return operations.read_household(household_id)


@families.put(
    _ONE, "Change the note on the address", body=DescribeHousehold(), answer=Household(), needs=_CLERKS, versioned=True
)
def describe_household(body: dict[str, Any], household_id: UUID) -> dict[str, Any]:
    return operations.describe_household(household_id, body.get("address"), expected_version().get("expected_version"))


@families.post(
    f"{_ONE}/members",
    "Add a member",
    status=200,
    body=AddMember(),
    answer=Household(),
    needs=_CLERKS,
    refuses=(HouseholdElsewhere, InAnotherHousehold, HouseholdFull),
)
def add_member(body: dict[str, Any], household_id: UUID) -> dict[str, Any]:
    return operations.add_member(household_id, body["account_id"])


@families.delete(f"{_ONE}/members/<uuid:account_id>", "Remove a member", needs=_CLERKS)
def remove_member(household_id: UUID, account_id: UUID) -> Answer:
    operations.remove_member(household_id, account_id)
    return NO_CONTENT


@families.get(_OF_CHILD, "List the guardians of a child", answer=GUARDIANS, needs=_CLERKS, description="The access is logged.")
def list_guardians(account_id: UUID) -> dict[str, Any]:
    return {"items": operations.guardians_of(account_id), "next_cursor": None}


@families.post(
    _OF_CHILD,
    "Name a guardian of a child",
    status=200,
    body=AddGuardian(),
    answer=GUARDIANS,
    needs=_CLERKS,
    refuses=(TooManyGuardianships,),
    description="The guardian books and registers for the child until the end of the year in which the child becomes 18.",
)
def add_guardian(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return {"items": operations.add_guardian(account_id, body["guardian_id"]), "next_cursor": None}


@families.delete(f"{_OF_CHILD}/<uuid:guardian_id>", "End a guardianship", needs=_CLERKS)
def remove_guardian(account_id: UUID, guardian_id: UUID) -> Answer:
    operations.remove_guardian(account_id, guardian_id)
    return NO_CONTENT


@families.get(
    "/me/household",
    "See your household",
    answer=OwnHousehold(),
    needs=SIGNED_IN,
    refuses=(404,),
    description="404 if there is none.",
)
def get_own_household() -> dict[str, Any]:
    return operations.get_own_household()


@families.post(
    "/me/household",
    "Make a household of your own",
    answer=OwnHousehold(),
    needs=SIGNED_IN,
    refuses=(InAnotherHousehold, OnlyAdults),
)
def create_own_household() -> dict[str, Any]:
    return operations.create_own_household()


@families.delete("/me/household", "Leave your household", needs=SIGNED_IN, refuses=(NoHousehold,))
def leave_household() -> Answer:
    operations.leave_household()
    return NO_CONTENT


@families.post(
    "/me/household/invitations",
    "Invite somebody to your household",
    body=Invite(),
    answer=HouseholdInvitation(),
    needs=SIGNED_IN,
    refuses=(NoHousehold, OnlyAdults, 429),
    description="The other person accepts, or nothing happens. The answer is the same whether or not the phone has an account.",
)
def invite_to_household(body: dict[str, Any]) -> dict[str, Any]:
    return operations.invite(body.get("phone"))


@families.get("/me/household/invitations", "List invitations to you", answer=WAITING, needs=SIGNED_IN)
def list_household_invitations() -> dict[str, Any]:
    return {"items": operations.waiting_invitations(), "next_cursor": None}


@families.delete("/me/household/invitations/<uuid:invitation_id>", "Decline an invitation", needs=SIGNED_IN)
def decline_household_invitation(invitation_id: UUID) -> Answer:
    operations.decline_invitation(invitation_id)
    return NO_CONTENT


@families.post(
    "/me/household/members",
    "Join a household",
    status=200,
    body=JoinHousehold(),
    answer=OwnHousehold(),
    needs=SIGNED_IN,
    refuses=(404, InAnotherHousehold, HouseholdElsewhere, HouseholdFull, OnlyAdults, 429),
    description="With a code that a member gave you, or by accepting an invitation.",
)
def join_household(body: dict[str, Any]) -> dict[str, Any]:
    return operations.join_household(**body)


@families.get("/me/children", "List your children", answer=CHILDREN, needs=SIGNED_IN)
def list_children() -> dict[str, Any]:
    return {"items": operations.own_children(), "next_cursor": None}


@families.post(
    "/me/children",
    "Add a child",
    body=NewChild(),
    answer=Child(),
    needs=SIGNED_IN,
    refuses=(TooManyGuardianships, OnlyAdults),
    description="You book and register for the child with `resident_id`, until the end of the year in which it becomes 18.",
)
def add_child(body: dict[str, Any]) -> dict[str, Any]:
    return operations.add_own_child(**body)
