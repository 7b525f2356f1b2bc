"""The admins of a community hear that a space has lost its last approver."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from services.booking.managed_spaces.leaving import follow_work
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre

HERE, DISTRICT, ELSEWHERE, FIRST, SECOND = (UUID(int=number) for number in range(1, 6))


def work(
    centre: Centre,
    account_id: UUID,
    communities: Sequence[str] | None = ("liuyi",),
    *,
    roles: Sequence[str] = ("admin",),
    active: bool = True,
    version: int = 1,
) -> None:
    about = {"active": active, "communities": communities, "roles": roles, "version": version}
    with centre.call() as call:
        follow_work(call, account_id=account_id, **about)  # type: ignore[arg-type]


def told(centre: Centre) -> list[tuple[str, list[str]]]:
    rows = [row.data for row in centre.published() if row.type == "booking.approvers_left.v1"]
    return [(row["space_id"], row["staff_ids"]) for row in rows]


def approved(centre: Centre, *approvers: UUID, **over: bool) -> Space:
    return centre.add_space(**({"needs_approval": True} | over), approver_ids=list(approvers))


def test_the_admins_of_the_community_hear_of_the_last_one_only(centre: Centre) -> None:
    work(centre, HERE)
    work(centre, DISTRICT, None)
    work(centre, ELSEWHERE, ["yuxin"])
    space = approved(centre, FIRST, SECOND)
    work(centre, FIRST, active=False, roles=["clerk"])
    assert told(centre) == []
    for version in (1, 2):
        work(centre, SECOND, ["yuxin"], roles=["clerk"], version=version)
    assert told(centre) == [(str(space.id), [str(HERE), str(DISTRICT)])]


def test_who_is_no_admin_any_more_hears_nothing_and_old_messages_change_nothing(centre: Centre) -> None:
    work(centre, HERE)
    work(centre, HERE, roles=["clerk"], version=3)
    work(centre, HERE, version=2)
    work(centre, DISTRICT, None)
    work(centre, DISTRICT, None, active=False, version=2)
    approved(centre, FIRST)
    work(centre, FIRST, active=False, roles=["clerk"])
    assert told(centre) == []


def test_an_admin_who_leaves_as_the_last_approver_is_not_told(centre: Centre) -> None:
    work(centre, HERE)
    work(centre, FIRST)
    space = approved(centre, FIRST)
    work(centre, FIRST, active=False, version=2)
    assert told(centre) == [(str(space.id), [str(HERE)])]


def test_a_space_that_needs_no_approval_or_is_out_of_use_misses_nobody(centre: Centre) -> None:
    work(centre, HERE)
    approved(centre, FIRST, needs_approval=False)
    approved(centre, FIRST, active=False)
    work(centre, FIRST, active=False, roles=["clerk"])
    work(centre, uuid4(), active=False, roles=["clerk"])
    assert told(centre) == []
