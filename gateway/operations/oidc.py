"""Sign-in with the district's OpenID provider, and the subjects that admins link. The provider is asked in a thread."""

from functools import cache
from hmac import compare_digest
from typing import Any, Final
from uuid import UUID

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.accounts import auditing, sign_in
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.sign_in import SignedIn
from gateway.accounts.staff import members
from gateway.http import current, known_devices, limits, sealed
from gateway.http.metrics import sign_ins
from gateway.offload import in_thread
from gateway.oidc import linking
from gateway.oidc.provider import Provider, Started
from gateway.refusals.factors import CeremonyOver
from gateway.refusals.providers import NoProvider, NotLinked, ProviderRefused
from gateway.refusals.staff import WorksElsewhere
from gateway.settings import GatewaySettings

CEREMONY_VALID_FOR: Final = 600  # seconds
_PURPOSE: Final = "sign-in with the provider"
RETURN_TO_UNKNOWN = Rule(
    "return_to_unknown",
    "LINLI_OIDC_RETURN_TO does not have this address.",
    "LINLI_OIDC_RETURN_TO 中没有该地址。",
)


def offered(whom: str) -> str:
    """The name of the provider, if `whom` (staff or residents) sign in with it. Otherwise empty."""
    own = current.gateway_settings()
    return own.oidc_name if own.oidc_issuer and own.oidc_for in (whom, "both") else ""


def start(return_to: str) -> Started:
    """Raises Throttled, ProviderAway, ProviderRefused."""
    limits.spend(limits.CEREMONIES)
    return in_thread(_provider().start, return_to)


def finish(return_to: str, *, code: str, nonce: str, verifier: str) -> SignedIn:
    """Raises Throttled, ProviderAway, ProviderRefused, NotLinked; InvalidField if a new resident has chosen no community."""
    with limits.guess(limits.SIGN_IN_FAILURES, right=(NotLinked,)):
        provider, own = _provider(), current.gateway_settings()
        claims = in_thread(provider.finish, return_to, code=code, nonce=nonce, verifier=verifier)

        def find(call: AccountCall) -> Account | None:
            found = linking.staff_of(call, provider.issuer, claims, own.oidc_username_claim) if offered("staff") else None
            return found or (linking.resident_of(call, claims) if offered("residents") else None)

        try:
            signed_in = sign_in.with_claims(current.accounts(), find)
        except NotLinked:
            sign_ins.labels("oidc", "refused").inc()
            raise
    sign_ins.labels("oidc", "ok").inc()
    known_devices.remember_staff(signed_in.account)
    return signed_in


def begin(return_to: str) -> dict[str, str]:
    """Begin a sign-in of a client that is no page: the address for the person's browser, the state, and the ceremony that the
    client keeps. Raises NoProvider, InvalidField unless the settings name `return_to`, and as `start`."""
    if not (offered("staff") or offered("residents")):
        raise NoProvider()
    allowed = current.gateway_settings().oidc_return_to.split(",")
    if return_to not in {one.strip() for one in allowed if one.strip()}:
        raise InvalidField(RETURN_TO_UNKNOWN, "return_to")
    started = start(return_to)
    kept = {"return_to": return_to, "state": started.state, "nonce": started.nonce, "verifier": started.verifier}
    return {"address": started.address, "state": started.state, "ceremony": sealed.seal(_PURPOSE, kept)}


def end(ceremony: str, *, code: str, state: str) -> SignedIn:
    """End what `begin` has begun. A code is used once, because the provider takes it once. Raises NoProvider, CeremonyOver,
    ProviderRefused for another state, and as `finish`."""
    kept = sealed.opened(_PURPOSE, ceremony, seconds=CEREMONY_VALID_FOR)
    if kept is None:
        raise CeremonyOver()
    if not compare_digest(state.encode(), kept["state"].encode()):
        raise ProviderRefused()
    return finish(kept["return_to"], code=code, nonce=kept["nonce"], verifier=kept["verifier"])


def sign_out_address(return_to: str) -> str | None:
    """The provider's own page for signing out. None if it has none. Raises ProviderAway, ProviderRefused."""
    return in_thread(_provider().sign_out_address, return_to)


def subject_of(account_id: UUID) -> str | None:
    """What the provider calls a member of staff within reach. Raises NotFound."""
    with current.accounts().reading() as call:
        return linking.subject_of(call, members.get(call, account_id).id, current.gateway_settings().oidc_issuer)


def link(account_id: UUID, subject: str | None) -> None:
    """Link a member of staff with the provider's subject, or with none. Raises NotFound, WorksElsewhere, SubjectTaken,
    NoProvider."""
    issuer = current.gateway_settings().oidc_issuer
    if not issuer:
        raise NoProvider()
    with current.accounts().transaction() as call:
        account = members.lock(call, account_id)
        if not members.may_change(call, account):
            raise WorksElsewhere()
        before = linking.subject_of(call, account_id, issuer)
        linking.put(call, account, issuer, subject)
        auditing.linked(call, account, before, subject)


def _provider() -> Provider:
    return _of(current.gateway_settings())


@cache
def _of(own: GatewaySettings) -> Provider:
    if not own.oidc_issuer:
        raise NoProvider()
    known: dict[str, Any] = {"issuer": own.oidc_issuer, "client_id": own.oidc_client_id}
    return Provider(**known, client_secret=own.oidc_client_secret, scopes=own.oidc_scopes)
