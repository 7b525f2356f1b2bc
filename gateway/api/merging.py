"""Likely doubles of residents, and merging them."""

from typing import Any
from uuid import UUID

from gateway.accounts.interface.residents import KnownResident
from gateway.accounts.merging.interface import DOUBLES, ListDoubles, MergeResidents
from gateway.api import access
from gateway.api.answers import expected_version
from gateway.api.resource import Resource
from gateway.operations import merging as operations
from gateway.operations.residents import CLERKS
from gateway.refusals.own_data import ErasureRequested
from gateway.refusals.residents import BothClaimed, ClaimedStays

merging = Resource("merging", "重复档案 · Doubles of residents")
_CLERKS = access.staff(*CLERKS)


@merging.get(
    "/residents/doubles",
    "List likely doubles",
    query=ListDoubles(),
    answer=DOUBLES,
    needs=_CLERKS,
    description="Residents of one community with the same name, and the same year of birth or phone. A page may be short, or "
    "empty, although there is a next one. The access is logged.",
)
def list_doubles(query: dict[str, Any]) -> dict[str, Any]:
    return operations.list_doubles(**query)


@merging.post(
    "/residents/<uuid:account_id>/merge",
    "Merge another record of the resident into this one",
    status=200,
    body=MergeResidents(),
    answer=KnownResident(),
    needs=_CLERKS,
    versioned=True,
    refuses=(BothClaimed, ClaimedStays, ErasureRequested),
    description="Bookings, cases, registrations, memberships, notifications, household and guardianships move to this one. It "
    "cannot be undone. A record that its owner uses can only be the one that stays, and two such records are not merged.",
)
def merge_residents(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return operations.merge_residents(account_id, body["other_id"], expected_version().get("expected_version"))
