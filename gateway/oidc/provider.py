"""The client of an OpenID provider: discovery, authorization code with PKCE, and the check of the ID token.

Every function that speaks to the provider waits for it, up to TIMEOUT. Call it in a thread (gateway.offload.in_thread).
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.observability import telemetry
from gateway.refusals.providers import ProviderAway, ProviderRefused

TIMEOUT: Final = (3.0, 5.0)  # seconds to connect and to read
KEPT: Final = 3600.0  # seconds that the provider's description and keys are used
ASK_AGAIN: Final = 30.0  # seconds after which unknown keys are asked for again
LEEWAY: Final = 60  # seconds by which the provider's clock may differ
# No HMAC, and not "none": the keys of the provider are public.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
log = telemetry.get_logger(__name__)
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that was sent to the provider at `address`. The browser keeps the rest until it returns."""

    address: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """`clock` returns seconds. Threads may share it."""

    def __init__(
        self, *, issuer: str, client_id: str, client_secret: str, scopes: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer, self._client_id, self._client_secret, self._scopes = issuer, client_id, client_secret, scopes
        self._clock, self._lock = clock, threading.Lock()
        self._described: tuple[float, Claims] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def start(self, return_to: str) -> Started:
        """Raises ProviderAway, ProviderRefused."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._session(return_to) as session:
            address, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return Started(address, state, nonce, verifier)

    def finish(self, return_to: str, *, code: str, nonce: str, verifier: str) -> Claims:
        """The claims of the person who has signed in at the provider: those of the ID token, and of the UserInfo endpoint if it
        has one. Raises ProviderAway, ProviderRefused."""
        with self._session(return_to) as session, _errors("token"):
            token = session.fetch_token(
                self._endpoint("token_endpoint"),
                code=code,
                code_verifier=verifier,
                timeout=TIMEOUT,
                grant_type="authorization_code",
            )
            claims = self._checked(str(token.get("id_token") or ""), nonce)
            if endpoint := self._description().get("userinfo_endpoint"):
                more = _json(session.get(endpoint, timeout=TIMEOUT))
                if more.get("sub") != claims["sub"]:
                    raise ProviderRefused()
                claims = {**more, **claims}
        return claims

    def sign_out_address(self, return_to: str) -> str | None:
        """Where the person ends the session at the provider. None if it has no such page. Raises ProviderAway."""
        endpoint = self._description().get("end_session_endpoint")
        query = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": return_to})
        return f"{endpoint}?{query}" if endpoint else None

    def _session(self, return_to: str) -> Any:
        return OAuth2Session(
            self._client_id,
            self._client_secret or None,
            scope=self._scopes,
            redirect_uri=return_to,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
        )

    def _endpoint(self, name: str) -> str:
        found = self._description().get(name)
        if not isinstance(found, str):
            log.error("the OpenID provider does not say where it is", missing=name, issuer=self.issuer)
            raise ProviderRefused()
        return found

    def _description(self) -> Claims:
        with self._lock:
            if self._described is None or self._described[0] + KEPT < self._clock():
                with _errors("discovery"):
                    found = _json(requests.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", timeout=TIMEOUT))
                if found.get("issuer") != self.issuer:
                    log.error("LINLI_OIDC_ISSUER is not what the provider calls itself", provider=found.get("issuer"))
                    raise ProviderRefused()
                self._described = (self._clock(), found)
            return self._described[1]

    def _checked(self, id_token: str, nonce: str) -> Claims:
        """The claims of the ID token. With a key that is not known, the keys are asked for again: providers change them."""
        try:
            claims = jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            claims = jwt.decode(id_token, self._key_set(newer=True), algorithms=ALGORITHMS).claims
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        rules.validate(claims)
        if claims.get("azp", self._client_id) != self._client_id:
            raise ProviderRefused()
        return claims

    def _key_set(self, *, newer: bool = False) -> KeySet:
        address = self._endpoint("jwks_uri")
        with self._lock:
            age = None if self._keys is None else self._clock() - self._keys[0]
            if age is None or age > KEPT or (newer and age > ASK_AGAIN):
                self._keys = (self._clock(), KeySet.import_key_set(_json(requests.get(address, timeout=TIMEOUT))))  # type: ignore[arg-type]
            assert self._keys is not None  # noqa: S101 - set above
            return self._keys[1]


class _errors:
    """Turns what goes wrong with the provider into ProviderAway or ProviderRefused, with a line in the log."""

    def __init__(self, step: str) -> None:
        self._step = step

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, requests.RequestException):
            log.warning("the OpenID provider does not answer", step=self._step, error=type(error).__name__)
            raise ProviderAway() from error
        if isinstance(error, (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError)):
            log.warning("the OpenID provider refused, or said what is not valid", step=self._step, error=type(error).__name__)
            raise ProviderRefused() from error


def _json(answer: Any) -> dict[str, Any]:
    """Raises requests.RequestException for an error of the provider, ValueError for what is no JSON object."""
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
