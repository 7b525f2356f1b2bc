"""Who may see which case, as conditions of SELECT: a case that the caller may not see is never loaded."""

from sqlalchemy import ColumnElement, and_, false, or_, true

from chassis.database.communities import within
from chassis.rpc.identity import Identity
from services.cases.access import account_of
from services.cases.cases.models import Case


def visible_to(acting: Identity) -> ColumnElement[bool]:
    """Every case that the caller may see."""
    return or_(reported_by(acting), on_desk_of(acting))


def reported_by(acting: Identity) -> ColumnElement[bool]:
    """Cases that the caller reported."""
    account = account_of(acting)
    return Case.reporter_id == account if account else false()


def on_desk_of(acting: Identity) -> ColumnElement[bool]:
    """Cases that the caller sees because of a role, in the communities in which it works. Clerks and supervisors see all of
    them. Grid workers see those of their grids and those that they entered. Handlers and mediators see those that they may
    settle."""
    if acting.account_id is None:
        return false()
    return and_(within(Case.community_id, acting.reach), or_(*_grounds(acting)))


def _grounds(acting: Identity) -> list[ColumnElement[bool]]:
    account = account_of(acting)
    grounds: list[ColumnElement[bool]] = [false()]
    if acting.has_role("clerk", "supervisor"):
        grounds.append(true())
    if acting.has_role("grid_worker"):
        grounds += [Case.grid_id.in_(sorted(acting.grids)), Case.entered_by == account]
    if acting.has_role("handler", "mediator"):
        grounds.append(Case.handler_id == account)
    if acting.has_role("handler"):
        grounds.append(and_(Case.department_id.is_not(None), Case.handler_id.is_(None)))
    return grounds
