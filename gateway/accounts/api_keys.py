"""API keys of other systems. An admin makes and revokes them. The secret is shown once. Only its hash is stored."""

import hashlib
import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import InvalidField, NotFound
from gateway.accounts import auditing
from gateway.accounts.admission import Admission
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, ApiKey
from gateway.accounts.reach import OUTSIDE_REACH, check_reached

# The possible scopes of a key. Never add `gateway`: services allow everything to that scope.
SCOPES = ("messages:read",)
PREFIX = "lk_"


def create(
    call: AccountCall,
    *,
    label: str,
    scopes: Sequence[str],
    community_id: str | None = None,
    whole_district: bool = False,
) -> tuple[str, ApiKey]:
    """Make a key of the community, by default the acting admin's own. It reads the messages of this community, or with
    `whole_district` all of them. Returns its secret, of which this is the only copy, and its row. Raises Unauthenticated, and
    InvalidField for what is outside the reach of the admin."""
    if whole_district and call.acting.reach != DISTRICT:
        raise InvalidField(OUTSIDE_REACH, "whole_district")
    if community_id is not None:
        check_reached(call, [community_id], "community_id")
    public = PREFIX + secrets.token_hex(4)
    secret = f"{public}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        community_id=community_id or call.community_id,
        label=label,
        prefix=public,
        secret_hash=_hash(secret),
        scopes=sorted(set(scopes)),
        whole_district=whole_district,
        created_by=UUID(call.acting.signed_in()),
        created_at=call.now,
    )
    call.session.add(key)
    call.session.flush()
    auditing.key_changed(call, key, "created")
    return secret, key


def list_keys(call: AccountCall, *, limit: int, cursor: str | None = None) -> Page[ApiKey]:
    """The keys within the admin's reach, the newest first. Only admins of the whole district see keys that read all of it."""
    reach = call.acting.reach
    in_reach = select(ApiKey).where(within(ApiKey.community_id, reach))
    if reach != DISTRICT:
        in_reach = in_reach.where(~ApiKey.whole_district)
    return page(call.session, in_reach, keys=[(ApiKey.id, "desc")], limit=limit, cursor=cursor)


def get(call: AccountCall, key_id: UUID) -> ApiKey:
    """Raises NotFound."""
    return _one(call, key_id, lock=False)


def revoke(call: AccountCall, key_id: UUID) -> None:
    """End the key. Revoking it twice changes nothing. Raises NotFound."""
    key = _one(call, key_id, lock=True)
    if key.revoke(call.now):
        auditing.key_changed(call, key, "revoked")


def find(session: Session, secret: str, *, admission: Admission) -> ApiKey | None:
    """The key with this secret. None if it is unknown or revoked, or if the account that made it is not admitted."""
    if not secret.startswith(PREFIX):
        return None
    return session.scalar(select(ApiKey).where(ApiKey.secret_hash == _hash(secret), _in_force(admission)))


def in_force(session: Session, key_id: UUID, *, admission: Admission) -> bool:
    """True while the key may be used. Open streams call this from time to time."""
    return session.scalar(select(ApiKey.id).where(ApiKey.id == key_id, _in_force(admission))) is not None


def _in_force(admission: Admission) -> ColumnElement[bool]:
    # The password of a sample account is public, so anybody could have made a key with it.
    made_by_sample = exists().where(Account.id == ApiKey.created_by, Account.sample)
    return and_(ApiKey.revoked_at.is_(None), or_(true() if admission.samples else false(), ~made_by_sample))


def _one(call: AccountCall, key_id: UUID, *, lock: bool) -> ApiKey:
    key = call.session.get(ApiKey, key_id, with_for_update=lock or None)
    if key is None or key.reach not in call.acting.reach:
        raise NotFound()
    return key


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
