"""Passkeys of staff: making them, and signing in with them. The authenticator must verify the person (PIN, finger, face), so a
passkey is a password and a second factor in one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
import webauthn
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from chassis.rpc.refusal import NotFound
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account
from gateway.factors import ceremonies, changes, kinds, locking, requirement
from gateway.factors.ceremonies import Site
from gateway.factors.models import Ceremony, Passkey
from gateway.refusals.factors import PasskeyKnown, PasskeyWrong, TooManyPasskeys

RP_NAME: Final = "Linli 邻里"
MOST: Final = 20  # of one account
Result = TypeVar("Result")
Credential = Mapping[str, Any]  # as PublicKeyCredential.toJSON() of a browser writes it


def list_of(session: Session, account_id: UUID) -> Sequence[Passkey]:
    """The passkeys of an account, the oldest first."""
    return session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)).all()


def exists_of(session: Session, account_id: UUID, passkey_id: UUID | None = None) -> bool:
    """Whether the account has a passkey, or this one."""
    found = select(Passkey.id).where(Passkey.account_id == account_id)
    if passkey_id is not None:
        found = found.where(Passkey.id == passkey_id)
    return session.scalar(found.limit(1)) is not None


def begin_registration(call: AccountCall, site: Site, account: Account) -> tuple[str, dict[str, Any]]:
    """The token of a new ceremony, and the options for `navigator.credentials.create` as JSON. The caller has locked the
    account (gateway.factors.locking). Raises TooManyPasskeys."""
    known = list_of(call.session, account.id)
    if len(known) >= MOST:
        raise TooManyPasskeys(most=MOST)
    begun = ceremonies.begin(call, site, account.id)
    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name=RP_NAME,
        user_id=account.id.bytes,
        user_name=account.username or "",
        challenge=begun.challenge,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known],
    )
    return begun.token, orjson.loads(options_to_json(options))


def register(accounts: Accounts, *, ceremony: str, credential: Credential, name: str) -> Passkey:
    """Store the passkey that the browser has made for the acting account. Raises Unauthenticated, CeremonyOver, PasskeyWrong,
    PasskeyKnown, TooManyPasskeys, and SessionOver if an admin has reset the account since it was begun."""
    account_id = UUID(accounts.acting.signed_in())
    with accounts.transaction() as call:
        ended = ceremonies.end(call, ceremony, account_id)
    made = _verified(
        lambda: webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=ended.challenge,
            expected_rp_id=ended.domain,
            expected_origin=ended.origin,
            require_user_verification=True,
        )
    )
    with accounts.transaction() as call:
        # Locked, so that two requests do not make more than MOST, and so that nothing is added after a reset.
        account = locking.lock_own(call)
        if len(list_of(call.session, account_id)) >= MOST:
            raise TooManyPasskeys(most=MOST)
        passkey = Passkey(
            community_id=account.community_id,
            account_id=account_id,
            domain=ended.domain,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            created_at=call.now,
        )
        try:
            with call.session.begin_nested():
                call.session.add(passkey)
        except IntegrityError as error:
            raise PasskeyKnown() from error
        changes.by_owner(call, account, "added", kinds.PASSKEY)
        return passkey


def begin_assertion(call: AccountCall, site: Site) -> tuple[str, dict[str, Any]]:
    """The token of a new ceremony, and the options for `navigator.credentials.get` as JSON. They name no passkey, so that
    nobody learns who has one; the authenticator offers those that it has for the site."""
    begun = ceremonies.begin(call, site)
    options = webauthn.generate_authentication_options(
        rp_id=site.domain, challenge=begun.challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return begun.token, orjson.loads(options_to_json(options))


def verify(accounts: Accounts, *, ceremony: str, credential: Credential) -> tuple[UUID, UUID]:
    """The passkey that has signed the challenge, and its account. Raises CeremonyOver, PasskeyWrong."""
    with accounts.transaction() as call:
        ended = ceremonies.end(call, ceremony)
    credential_id = _verified(lambda: base64url_to_bytes(str(credential["id"])))
    with accounts.transaction() as call:
        # Locked, so that the counter of the authenticator is compared with the last one.
        of_id = select(Passkey).where(Passkey.credential_id == credential_id, Passkey.domain == ended.domain)
        if (passkey := call.session.scalar(of_id.with_for_update())) is None:
            raise PasskeyWrong()
        passkey.sign_count = _asserted(credential, ended, passkey)
        passkey.last_used_at = call.now
        return passkey.id, passkey.account_id


def rename(call: AccountCall, passkey_id: UUID, name: str) -> Passkey:
    """Raises NotFound."""
    passkey = _own(call, passkey_id)
    passkey.name = name
    return passkey


def remove(call: AccountCall, account: Account, passkey_id: UUID) -> None:
    """Remove a passkey of the acting account, which the caller has locked. Raises NotFound, SecondFactorRequired."""
    call.session.delete(_own(call, passkey_id))
    call.session.flush()
    requirement.check_may_remove(call, account, left=kinds.of(call.session, account))
    changes.by_owner(call, account, "removed", kinds.PASSKEY)


def remove_all(session: Session, account_id: UUID) -> None:
    session.execute(delete(Passkey).where(Passkey.account_id == account_id))


def _own(call: AccountCall, passkey_id: UUID) -> Passkey:
    found = call.session.get(Passkey, passkey_id, with_for_update=True)
    if found is None or str(found.account_id) != call.acting.signed_in():
        raise NotFound()
    return found


def _asserted(credential: Credential, ended: Ceremony, passkey: Passkey) -> int:
    verified = _verified(
        lambda: webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=ended.challenge,
            expected_rp_id=ended.domain,
            expected_origin=ended.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    )
    return int(verified.new_sign_count)


def _verified(work: Callable[[], Result]) -> Result:
    """The result of `work`, which reads what a client sent. Raises PasskeyWrong for whatever it does not accept: the library
    answers malformed input with several kinds of errors."""
    try:
        return work()
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyWrong() from error
