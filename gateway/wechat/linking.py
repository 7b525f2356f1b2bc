"""Whose account it is that a person of WeChat signs in to.

A phone number that WeChat has verified decides, as the code of a text message does. The person is then linked with the account,
and later signs in without the number. The last person who has proved the number of an account is the only one linked with it:
the next owner of a number displaces the one before.
"""

import hashlib
from dataclasses import replace
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, not_, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis.rpc.refusal import Forbidden, NotFound
from gateway.accounts import proofs, residents
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.refusals.providers import WeChatPhoneNeeded, WeChatRefused
from gateway.wechat.apps import Person
from gateway.wechat.models import WeChatLink


def resident_of(call: AccountCall, person: Person) -> Account:
    """The resident, locked, and linked with the person. A new phone number gets a new account. Raises WeChatPhoneNeeded if the
    person is not linked and WeChat has told no number, WeChatRefused if the account may not be used, and what
    residents.find_or_create raises."""
    person = _with_known_unionid(call, person)
    _lock(call, person)
    if person.phone is not None:
        account = residents.find_or_create(call, phone=person.phone)
        call.session.flush()
        call.session.refresh(account, with_for_update=True)
    else:
        account = _linked(call, person)
    if not call.admission.admits(account):
        raise WeChatRefused()
    if person.phone is not None:
        _unlink_others(call, account, person)
    _link(call, account, person)
    return account


def check_may_link(call: AccountCall) -> None:
    """Raises Unauthenticated, ProofNeeded; Forbidden unless the acting account is a resident's."""
    call.acting.signed_in()
    if call.acting.party != "resident":
        raise Forbidden(needs=["resident"])
    proofs.require(call)


def link_own(call: AccountCall, person: Person) -> list[WeChatLink]:
    """Link the acting account with the person, as `resident_of` does for a proved phone: the owner has proved theirs lately.
    Returns all links of the account. Raises as `check_may_link`."""
    check_may_link(call)
    person = _with_known_unionid(call, person)
    _lock(call, person)
    account = call.session.get_one(Account, UUID(call.acting.signed_in()), with_for_update=True)
    _unlink_others(call, account, person)
    _link(call, account, person)
    return list_of(call, account.id)


def unlink_own(call: AccountCall, link_id: UUID) -> None:
    """Nobody signs in to the acting account by this link any more. Raises Unauthenticated; NotFound for a link of somebody
    else."""
    found = next((link for link in list_of(call, UUID(call.acting.signed_in())) if link.id == link_id), None)
    if found is None:
        raise NotFound()
    call.session.delete(found)


def list_of(call: AccountCall, account_id: UUID) -> list[WeChatLink]:
    """The links of the account, and of those that were merged into it."""
    merged = select(Account.id).where(Account.merged_into == account_id)
    own = or_(WeChatLink.account_id == account_id, WeChatLink.account_id.in_(merged))
    return list(call.session.scalars(select(WeChatLink).where(own).order_by(WeChatLink.id)))


def _linked(call: AccountCall, person: Person) -> Account:
    """The account with which the person was linked, in this app or in another one. Raises WeChatPhoneNeeded."""
    found = _account_id(call, person)
    account = call.session.get(Account, found, with_for_update=True) if found is not None else None
    # Somebody else may have proved the phone of the account before it was locked, and displaced this person.
    if account is None or _account_id(call, person) != account.id:
        raise WeChatPhoneNeeded()
    if account.merged_into is not None:
        account = call.session.get_one(Account, account.merged_into, with_for_update=True)
    return account


def _account_id(call: AccountCall, person: Person) -> UUID | None:
    in_app = select(WeChatLink.account_id).where(WeChatLink.app_id == person.app_id, WeChatLink.openid == person.openid)
    if (found := call.session.scalar(in_app)) is not None or person.unionid is None:
        return found
    return call.session.scalar(
        select(WeChatLink.account_id).where(_has_unionid(person)).order_by(WeChatLink.linked_at.desc(), WeChatLink.id).limit(1)
    )


def _unlink_others(call: AccountCall, account: Account, person: Person) -> None:
    """Other people of WeChat lose this account, and this person loses other accounts."""
    of_person = and_(WeChatLink.app_id == person.app_id, WeChatLink.openid == person.openid)
    if person.unionid is not None:
        of_person = or_(of_person, _has_unionid(person))
    here = WeChatLink.account_id == account.id
    call.session.execute(delete(WeChatLink).where(here, not_(of_person)))
    call.session.execute(delete(WeChatLink).where(WeChatLink.account_id != account.id, of_person))


def _link(call: AccountCall, account: Account, person: Person) -> None:
    """Link them, if they are not linked yet."""
    same = select(WeChatLink.id).where(
        WeChatLink.account_id == account.id,
        WeChatLink.app_id == person.app_id,
        WeChatLink.openid == person.openid,
        WeChatLink.unionid.is_not_distinct_from(person.unionid),
    )
    if call.session.scalar(same) is not None:
        return
    of_app = (WeChatLink.account_id == account.id, WeChatLink.app_id == person.app_id, WeChatLink.openid != person.openid)
    call.session.execute(delete(WeChatLink).where(*of_app))
    values = {
        "account_id": account.id,
        "app": person.app,
        "app_id": person.app_id,
        "openid": person.openid,
        "unionid": person.unionid,
        "linked_at": call.now,
    }
    new = insert(WeChatLink).values(values)
    changed = {name: new.excluded[name] for name in ("account_id", "unionid", "linked_at")}
    call.session.execute(new.on_conflict_do_update(index_elements=["app_id", "openid"], set_=changed))


def _has_unionid(person: Person) -> ColumnElement[bool]:
    """False, and never NULL, for a link without a unionid."""
    return and_(WeChatLink.unionid.is_not(None), WeChatLink.unionid == person.unionid)


def _with_known_unionid(call: AccountCall, person: Person) -> Person:
    """WeChat tells the unionid to some scopes only. Once it is known, it stays known."""
    if person.unionid is not None:
        return person
    known = select(WeChatLink.unionid).where(WeChatLink.app_id == person.app_id, WeChatLink.openid == person.openid)
    return replace(person, unionid=call.session.scalar(known))


def _lock(call: AccountCall, person: Person) -> None:
    """Lock the person until the transaction ends: two sign-ins at once would link them with two accounts."""
    names = {f"wechat {person.app_id} {person.openid}", *([f"wechat {person.unionid}"] if person.unionid else [])}
    for key in sorted(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names):
        call.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
