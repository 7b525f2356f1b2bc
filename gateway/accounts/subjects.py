"""People whom staff name in a request: a resident whom they act for, somebody who is to handle a case.

Services keep ids without knowing whose they are, so a typing error would book for nobody, or hand a case to nobody, and
nobody would notice. Whom a request may name is the gateway's to say; what may be done for them, the service's."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from chassis.database.engine import reading
from chassis.rpc.refusal import NotFound
from gateway.accounts import directory, sign_in, views
from gateway.accounts.models import Account, RoleGrant
from gateway.accounts.phones import normalised
from gateway.http import current, idempotency, limits
from gateway.refusals import invalid

HANDLERS = ("handler", "mediator")


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid, naming the field, where staff give a `resident_id` that is no resident of their community or a
    `handler_id` that nobody there handles cases under. One query, and none where neither is given. Others are left to
    the services, which let nobody but staff name people: so it does not tell them which ids exist."""
    acting = current.identity()
    if acting.party != "staff":
        return
    if (resident_id := payload.get("resident_id")) is not None and str(resident_id) != acting.account_id:
        _check("resident_id", resident_id, _resident(), "unknown_resident", "no resident of this community has this id")
    if (handler_id := payload.get("handler_id")) is not None:
        _check("handler_id", handler_id, _handler(), "unknown_handler", "nobody in this community handles cases under this id")


def look_up(phone: str) -> dict[str, Any]:
    """The resident with this phone, for staff at whose counter they are: bounded, and written down. Raises Invalid for
    what is no phone, Throttled, NotFound."""
    limits.spend(limits.LOOK_UPS)
    number = normalised(phone)

    def look(session: Session) -> dict[str, Any]:
        account = sign_in.by_phone(session, number, _resident())
        if account is None:
            raise NotFound()
        directory.log_reveal(session, [account.id], ["name"])
        return views.as_resident(account)

    return idempotency.once(look)


def within_reach() -> ColumnElement[bool]:
    """Accounts in force in the community of whoever acts; anywhere if they are of none."""
    in_force, community_id = Account.where_in_force(current.settings().demo), current.identity().community_id
    return in_force if community_id is None else and_(in_force, Account.community_id == community_id)


def _resident() -> ColumnElement[bool]:
    return and_(Account.party == "resident", within_reach())


def _handler() -> ColumnElement[bool]:
    return and_(Account.party == "staff", Account.grants.any(RoleGrant.role.in_(HANDLERS)), within_reach())


def _check(field: str, value: object, who: ColumnElement[bool], code: str, message: str) -> None:
    with reading(current.database()) as session:
        if (account_id := _id(value)) is None or not session.scalar(select(exists().where(Account.id == account_id, who))):
            raise invalid(field, code, message)


def _id(value: object) -> UUID | None:
    """None for what is no id: a form may send anything."""
    try:
        return UUID(str(value))
    except ValueError:
        return None
