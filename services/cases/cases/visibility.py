"""Who may see which case, as conditions of SELECT: a case that the caller may not see is never loaded. And what of it another
system may see."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from chassis.database.communities import within
from chassis.rpc.identity import Absent, Identity
from services.cases.access import READ, account_of, system_of
from services.cases.cases.models import Case
from services.cases.reference.models import Department


def visible_to(acting: Identity) -> ColumnElement[bool]:
    """Every case that the caller may see."""
    return or_(reported_by(acting), shown_to(acting))


def shown_to(acting: Identity) -> ColumnElement[bool]:
    """Cases that others reported and that the caller may see."""
    return on_desk_of(acting) if acting.system_id is None else within(Case.community_id, acting.reach_of(READ))


def reported_by(acting: Identity) -> ColumnElement[bool]:
    """Cases that the caller reported."""
    if (system := system_of(acting)) is not None:
        return Case.system_id == system
    account = account_of(acting)
    return Case.reporter_id == account if account else false()


def on_desk_of(acting: Identity) -> ColumnElement[bool]:
    """Cases that the caller sees because of a role, in the communities in which it works. Clerks and supervisors see all of
    them. Grid workers see those of their grids and those that they entered. Handlers and mediators see those that they may
    settle. Everybody also sees what a colleague sees for whom they stand in."""
    if acting.account_id is None:
        return false()
    return and_(within(Case.community_id, acting.reach), or_(*_grounds(acting)))


def assigned_to(acting: Identity) -> ColumnElement[bool]:
    """Cases that the caller shall settle: those that name them, and those of their departments that name nobody. So too of a
    colleague for whom they stand in."""
    account = account_of(acting)
    own = or_(Case.handler_id == account if account else false(), _waiting_in(acting, acting.departments))
    return or_(
        own, *(and_(within(Case.community_id, absent.reach), _settled_by(acting, absent)) for absent in acting.stands_in_for)
    )


def in_grids_of(acting: Identity) -> ColumnElement[bool]:
    """Cases in the grids that the caller is responsible for, also instead of a colleague."""
    return Case.grid_id.in_(sorted(acting.all_grids))


def _grounds(acting: Identity) -> list[ColumnElement[bool]]:
    account = account_of(acting)
    grounds: list[ColumnElement[bool]] = [false()]
    if acting.has_role("clerk", "supervisor"):
        grounds.append(true())
    if acting.has_role("grid_worker"):
        grounds += [Case.grid_id.in_(sorted(acting.grids)), Case.entered_by == account]
    if acting.has_role("handler", "mediator"):
        grounds += [Case.handler_id == account, _waiting_in(acting, acting.departments)]
    # A colleague's work is seen where the colleague works, which may be less than where the caller does.
    grounds += [and_(within(Case.community_id, absent.reach), _work_of(acting, absent)) for absent in acting.stands_in_for]
    return grounds


def _work_of(acting: Identity, absent: Absent) -> ColumnElement[bool]:
    grounds: list[ColumnElement[bool]] = [false()]
    if acting.has_role("grid_worker"):
        grounds += [Case.grid_id.in_(sorted(absent.grids)), Case.entered_by == UUID(absent.account_id)]
    if acting.has_role("handler", "mediator"):
        grounds.append(_settled_by(acting, absent))
    return or_(*grounds)


def _settled_by(acting: Identity, absent: Absent) -> ColumnElement[bool]:
    return or_(Case.handler_id == UUID(absent.account_id), _waiting_in(acting, absent.departments))


def _waiting_in(acting: Identity, departments: frozenset[str]) -> ColumnElement[bool]:
    """Cases of the departments (codes) that name no handler."""
    if not departments or not acting.has_role("handler"):
        return false()
    own = select(Department.id).where(Department.code.in_(sorted(departments)))
    return and_(Case.department_id.in_(own), Case.handler_id.is_(None))


class WithoutPersonalData:
    """A case as a system sees it that did not report it: what was reported, how it stands and when, and nothing that people
    wrote, where it was, or who is concerned."""

    text = address = location = settlement = None
    named_reporter = handler_id = None
    photo_ids: tuple[UUID, ...] = ()

    def __init__(self, case: Case) -> None:
        self._case = case

    def __getattr__(self, name: str) -> Any:
        return getattr(self._case, name)


def as_seen_by(acting: Identity, case: Case) -> Case | WithoutPersonalData:
    """The case with what `acting`, who may see it, may see of it."""
    if acting.system_id is None or case.is_reported_by(acting):
        return case
    return WithoutPersonalData(case)
