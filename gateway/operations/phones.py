"""The phones of residents, for themselves and for staff at the counter, with limits on guesses and on text messages."""

from typing import Any
from uuid import UUID

from chassis.rpc.refusal import InvalidField
from gateway.accounts import residents, views
from gateway.accounts.phone_list import changes, counter, own
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phones import normalised
from gateway.http import current, limits
from gateway.operations import sign_in
from gateway.refusals.residents import PhoneOfAnother, TooManyPhones

MOST = changes.MOST
WAIT_HOURS = int(counter.WAIT.total_seconds() // 3600)
# Refusals after a right code.
_RIGHT = (PhoneOfAnother, TooManyPhones, InvalidField)

# --- one's own ---


def list_own() -> list[dict[str, Any]]:
    """Raises Unauthenticated."""
    with current.accounts().reading() as call:
        return [views.phone(one, call.personal) for one in own.list_own(call)]


def ask_code(phone: str) -> None:
    """Send a code to the phone that is to be added. Raises InvalidField if it is not a mobile number, Forbidden, ProofNeeded,
    Throttled, TooManyCodes, and the refusals of notify."""
    number = normalised(phone)
    limits.spend(limits.CODES)
    own.ask_code(current.accounts(), phone=number, send=sign_in.send_code)


def add(phone: str, code: str | None = None) -> dict[str, Any]:
    """Add a phone with its code, or without one as a contact phone. A second time changes nothing. Raises InvalidField,
    Throttled, CodeWrong, and what gateway.accounts.phone_list.own raises."""
    number = normalised(phone)
    accounts = current.accounts()
    if code is None:
        with accounts.transaction() as call:
            return views.phone(own.add_contact(call, phone=number), call.personal)
    with limits.guess(limits.ACCOUNT_FAILURES, f"phones of {current.identity().account_id}", right=_RIGHT):
        return views.phone(own.add(accounts, phone=number, code=code), accounts.personal)


def choose_main(phone_id: UUID) -> dict[str, Any]:
    """Raises Forbidden, ProofNeeded, NotFound, PhoneNotYet."""
    with current.accounts().transaction() as call:
        return views.phone(own.choose_main(call, phone_id), call.personal)


def remove(phone_id: UUID) -> None:
    """Raises Forbidden, ProofNeeded, NotFound, PhoneIsMain, LastPhone."""
    with current.accounts().transaction() as call:
        own.remove(call, phone_id)


# --- at the counter ---


def list_of(account_id: UUID) -> list[dict[str, Any]]:
    """The phones of a resident. Logged as a reveal. Raises NotFound."""
    with current.accounts().transaction() as call:
        return [views.phone(one, call.personal) for one in counter.list_of(call, account_id)]


def read_resident(account_id: UUID) -> dict[str, Any]:
    """A resident with `phones`, all of them. Logged as one reveal. Raises NotFound."""
    with current.accounts().transaction() as call:
        account = residents.read(call, account_id)
        listed = phone_list.of_account(call.session, account.id)
        return views.for_counter(account, call.personal) | {"phones": [views.phone(one, call.personal) for one in listed]}


def ask_code_of(account_id: UUID, phone: str) -> None:
    """Send a code to the phone of a resident who is there. Raises InvalidField, NotFound, Throttled, TooManyCodes, and the
    refusals of notify."""
    number = normalised(phone)
    limits.spend(limits.CODES)
    counter.ask_code(current.accounts(), account_id, phone=number, send=sign_in.send_code)


def add_to(account_id: UUID, phone: str, code: str | None = None, move: bool = False) -> dict[str, Any]:
    """Add a phone with the code that the resident tells, or without one as a contact phone. A second time changes nothing.
    Raises InvalidField, Throttled, CodeWrong, and what gateway.accounts.phone_list.counter raises."""
    number = normalised(phone)
    accounts = current.accounts()
    if code is None:
        with accounts.transaction() as call:
            return views.phone(counter.add_contact(call, account_id, phone=number), call.personal)
    with limits.guess(limits.ACCOUNT_FAILURES, f"phones at the counter of {current.identity().account_id}", right=_RIGHT):
        return views.phone(counter.add(accounts, account_id, phone=number, code=code, move=move), accounts.personal)


def remove_from(account_id: UUID, phone_id: UUID) -> None:
    """Raises NotFound, AccountIsClaimed, PhoneIsMain, LastPhone."""
    with current.accounts().transaction() as call:
        counter.remove(call, account_id, phone_id)
