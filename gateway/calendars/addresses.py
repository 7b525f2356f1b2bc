"""Make, find and revoke the secret address of one's calendar."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.rpc.refusal import NotFound
from gateway.accounts.admission import Admission
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.calendars.models import CalendarAddress

_NOTED_AFTER: Final = timedelta(hours=1)  # programs read often, and one write for each reading would be too many


def find_own(call: AccountCall) -> CalendarAddress | None:
    """The address of the acting account. Raises Unauthenticated."""
    return call.session.get(CalendarAddress, UUID(call.acting.signed_in()))


def make(call: AccountCall, *, of_children: bool) -> tuple[str, CalendarAddress]:
    """A new address for the acting account, with or without its children; an earlier one stops. Returns its token, of which
    this is the only copy, and its row. Raises Unauthenticated."""
    token = CalendarAddress.new_token()
    row = {"token_hash": CalendarAddress.hash_of(token), "made_at": call.now, "read_at": None, "of_children": of_children}
    made = insert(CalendarAddress).values(account_id=UUID(call.acting.signed_in()), **row)
    replaced = made.on_conflict_do_update(index_elements=[CalendarAddress.account_id], set_=row).returning(CalendarAddress)
    return token, call.session.scalars(replaced, execution_options={"populate_existing": True}).one()


def show_children(call: AccountCall, *, of_children: bool) -> CalendarAddress:
    """The address of the acting account shows its children from now on, or not. Raises Unauthenticated, NotFound."""
    found = find_own(call)
    if found is None:
        raise NotFound()
    found.of_children = of_children
    return found


def revoke(call: AccountCall) -> None:
    """The address of the acting account stops, if there is one. Raises Unauthenticated."""
    call.session.execute(delete(CalendarAddress).where(CalendarAddress.account_id == UUID(call.acting.signed_in())))


def owner_of(session: Session, token: str, admission: Admission) -> tuple[Account, bool] | None:
    """The account whose calendar the address shows, if it may be used, and whether it shows the account's children. None:
    nothing is known of such an address."""
    of_token = select(Account, CalendarAddress.of_children).join(CalendarAddress, CalendarAddress.account_id == Account.id)
    of_token = of_token.where(CalendarAddress.token_hash == CalendarAddress.hash_of(token), admission.condition())
    found = session.execute(of_token).one_or_none()
    return None if found is None else (found[0], found[1])


def note_reading(session: Session, account_id: UUID, now: datetime) -> None:
    """Remember that a program has read the calendar, so that its owner sees whether the address is in use."""
    due = (CalendarAddress.read_at.is_(None)) | (CalendarAddress.read_at < now - _NOTED_AFTER)
    noted = update(CalendarAddress).where(CalendarAddress.account_id == account_id, due).values(read_at=now)
    session.execute(noted.execution_options(synchronize_session=False))
