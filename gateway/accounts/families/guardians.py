"""Children and their guardians. A guardian books and registers for a child, sees that, and is told of it.

Guardians add their own children; staff name guardians of any child. A guardianship holds while the child counts as one
(gateway.accounts.ages). Guardians see name and year of birth of the child and what the services keep for it, and nothing of the
other guardians.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts import ages, auditing, contact_points, names, residents, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.families import households, storage
from gateway.accounts.families.models import Guardianship
from gateway.accounts.models import Account
from gateway.refusals.residents import TooManyGuardianships

MOST_CHILDREN: Final = 10
MOST_GUARDIANS: Final = 4
NOT_A_CHILD = Rule(
    "not_a_child", "Guardianship ends with the year in which a child becomes 18.", "监护到孩子满 18 岁的那一年年底为止。"
)
NOT_AN_ADULT = Rule("not_an_adult", "A guardian must be an adult.", "监护人应为成年人。")


def add_own_child(call: AccountCall, *, name: str, birth_year: int) -> Account:
    """A new child of the acting resident, in the same household. Raises OnlyAdults, TooManyGuardianships, InvalidField for
    `birth_year`."""
    own = households.lock_own(call)
    households.check_adult(call, own)
    residents.check_birth_year(call, birth_year)
    if not ages.is_child(birth_year, call.now):
        raise InvalidField(NOT_A_CHILD, "birth_year")
    # The lock of the guardian's account makes the count right.
    if len(children_of(call, own.id)) >= MOST_CHILDREN:
        raise TooManyGuardianships(most=MOST_CHILDREN)
    child = residents.new_account(call, own.community_id)
    residents.describe(call, child, name=name, contact_phone=None, birth_year=birth_year)
    child.household_id = own.household_id
    call.session.add(child)
    call.session.flush()
    _insert(call, own, child)
    return child


def own_children(call: AccountCall) -> Sequence[Account]:
    """Raises Unauthenticated."""
    return children_of(call, UUID(call.acting.signed_in()))


def children_of(call: AccountCall, guardian_id: UUID) -> Sequence[Account]:
    return storage.children_of(call.session, guardian_id, ages.earliest_birth_year(call.now))


def guardians_of(call: AccountCall, child_id: UUID) -> Sequence[Account]:
    """The guardians of a resident within reach, for staff; none of an adult. Logged as a reveal. Raises NotFound."""
    child = residents.read(call, child_id)
    found = storage.guardians_of(call.session, child_id) if ages.is_child(child.birth_year, call.now) else []
    names.log_reveal(call, [guardian.id for guardian in found], ["name"])
    return found


def add(call: AccountCall, child_id: UUID, guardian_id: UUID) -> None:
    """By staff. A guardian already: nothing changes. Raises NotFound, InvalidField for `guardian_id`, TooManyGuardianships."""
    found = storage.lock_residents(call, [child_id, guardian_id])
    child, guardian = found.get(child_id), found.get(guardian_id)
    if child is None or child.community_id not in call.acting.reach:
        raise NotFound()
    if guardian is None or guardian is child or guardian.community_id not in call.acting.reach:
        raise InvalidField(subjects.UNKNOWN_RESIDENT, "guardian_id")
    if not ages.is_child(child.birth_year, call.now):
        raise InvalidField(NOT_A_CHILD, "account_id")
    if ages.is_child(guardian.birth_year, call.now):
        raise InvalidField(NOT_AN_ADULT, "guardian_id")
    known = {one.id for one in storage.guardians_of(call.session, child_id)}
    if guardian_id in known:
        return
    if len(known) >= MOST_GUARDIANS or len(children_of(call, guardian_id)) >= MOST_CHILDREN:
        raise TooManyGuardianships(most=MOST_GUARDIANS if len(known) >= MOST_GUARDIANS else MOST_CHILDREN)
    _insert(call, guardian, child)
    _log(call, child, "guardian_added", None, {"guardian_id": str(guardian_id)})


def remove(call: AccountCall, child_id: UUID, guardian_id: UUID) -> None:
    """By staff. Raises NotFound."""
    child = storage.lock_residents(call, [child_id]).get(child_id)
    if child is None or child.community_id not in call.acting.reach:
        raise NotFound()
    ended = delete(Guardianship).where(Guardianship.child_id == child_id, Guardianship.guardian_id == guardian_id)
    if call.session.scalar(ended.returning(Guardianship.child_id)) is None:
        raise NotFound()
    _changed(call, child)
    _log(call, child, "guardian_removed", {"guardian_id": str(guardian_id)}, {"guardian_id": None})


def _insert(call: AccountCall, guardian: Account, child: Account) -> None:
    values = {
        "guardian_id": guardian.id,
        "child_id": child.id,
        "community_id": child.community_id,
        "made_by": UUID(call.acting.signed_in()),
        "created_at": call.now,
    }
    call.session.execute(insert(Guardianship).values(values).on_conflict_do_nothing())
    _changed(call, child)


def _changed(call: AccountCall, child: Account) -> None:
    """notify learns who is told of what concerns the child (gateway.accounts.contact_points)."""
    contact_points.is_due(child)
    residents.wake_hand_over(call)
    call.access_changed()


def _log(call: AccountCall, child: Account, action: str, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    auditing.resident_changed(call, child, before, after, action=action)
