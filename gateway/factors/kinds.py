"""Which kinds of second factors an account has. Recovery codes are no factor of their own: they replace one that was lost."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from gateway.accounts.models import Account
from gateway.factors.models import Passkey

PASSKEY: Final = "passkey"
TOTP: Final = "totp"
KINDS: Final = (PASSKEY, TOTP)
RECOVERY_CODES: Final = "recovery_codes"

HAS_ANY: Final[ColumnElement[bool]] = or_(
    Account.totp_confirmed_at.is_not(None), exists().where(Passkey.account_id == Account.id)
)


def of_all(session: Session, accounts: Iterable[Account]) -> dict[UUID, list[str]]:
    """The kinds by account id, in the order of KINDS. One query."""
    known = {account.id: account for account in accounts}
    found = select(Passkey.account_id).where(Passkey.account_id.in_(known)).distinct()
    with_passkey = set(session.scalars(found)) if known else set()
    return {
        id_: [kind for kind, has in ((PASSKEY, id_ in with_passkey), (TOTP, account.totp_enabled)) if has]
        for id_, account in known.items()
    }


def of(session: Session, account: Account) -> list[str]:
    return of_all(session, [account])[account.id]


def is_protected(session: Session, account: Account) -> bool:
    """Whether a password alone does not sign in. An account without a password is used through the OpenID provider only, which
    decides itself what it asks for."""
    return account.password_hash is None or bool(of(session, account))
