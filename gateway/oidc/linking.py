"""Whose account it is that a provider speaks of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.rpc.refusal import InvalidField
from gateway.accounts import phones, residents
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.oidc.models import LinkedIdentity
from gateway.refusals.providers import SubjectTaken


def subject_of(call: AccountCall, account_id: UUID, issuer: str) -> str | None:
    found = select(LinkedIdentity.subject).where(LinkedIdentity.account_id == account_id, LinkedIdentity.issuer == issuer)
    return call.session.scalar(found)


def put(call: AccountCall, account: Account, issuer: str, subject: str | None) -> None:
    """Link the account, which the caller has locked, with `subject`, or with nobody. Raises SubjectTaken."""
    of_account = (LinkedIdentity.account_id == account.id, LinkedIdentity.issuer == issuer)
    call.session.execute(delete(LinkedIdentity).where(*of_account))
    linked_by = UUID(call.acting.account_id) if call.acting.account_id else None
    if subject is not None and not _link(call, account, issuer, subject, linked_by):
        raise SubjectTaken()
    account.changed()


def staff_of(call: AccountCall, issuer: str, claims: Mapping[str, Any], username_claim: str) -> Account | None:
    """The member of staff, locked. With `username_claim` an account that is not linked yet is linked, if the claim has its user
    name and the provider knows it by no other subject."""
    subject = str(claims["sub"])
    of_subject = select(LinkedIdentity.account_id).where(LinkedIdentity.issuer == issuer, LinkedIdentity.subject == subject)
    linked_id = call.session.scalar(of_subject)
    if linked_id is not None:
        return call.session.get(Account, linked_id, with_for_update=True)
    name = claims.get(username_claim) if username_claim else None
    if not isinstance(name, str) or not name:
        return None
    statement = select(Account).where(Account.username == name, Account.party == "staff").with_for_update()
    account = call.session.scalar(statement)
    # An account that may not be used is not linked: the person with its name at the provider may be somebody else.
    if account is None or not call.accounts.admission.admits(account) or subject_of(call, account.id, issuer) is not None:
        return None
    return account if _link(call, account, issuer, subject, None) else None


def resident_of(call: AccountCall, claims: Mapping[str, Any]) -> Account | None:
    """The resident with the phone number that the provider has verified. A new number gets a new account, as at the sign-in
    with a code. Raises InvalidField if that needs a community and none is chosen."""
    phone = claims.get("phone_number")
    if not isinstance(phone, str) or claims.get("phone_number_verified") is not True:
        return None
    try:
        number = phones.normalised(phone)
    except InvalidField:
        return None
    return residents.find_or_create(call, phone=number)


def _link(call: AccountCall, account: Account, issuer: str, subject: str, linked_by: UUID | None) -> bool:
    """False if the subject or the account is linked already."""
    values = {
        "community_id": account.community_id,
        "account_id": account.id,
        "issuer": issuer,
        "subject": subject,
        "linked_by": linked_by,
        "linked_at": call.now,
    }
    linked = insert(LinkedIdentity).values(values).on_conflict_do_nothing().returning(LinkedIdentity.id)
    return call.session.scalar(linked) is not None
