"""An authenticator of WebAuthn in software: makes a passkey and signs with it, as a browser and a security key do."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """`origin` is where the browser is. `counts` is what it says about how often it was used; 0: it does not count."""

    origin: str = "http://localhost"
    verifies: bool = True
    counts: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], **over: Any) -> dict[str, Any]:
        data = self._client_data("webauthn.create", options["challenge"])
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + public
        said = self._said(options["rp"]["id"], ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        return self._credential({"clientDataJSON": text(data), "attestationObject": text(attestation)} | over)

    def get(self, options: dict[str, Any], **over: Any) -> dict[str, Any]:
        data = self._client_data("webauthn.get", options["challenge"])
        said = self._said(options["rpId"])
        signature = self.key.sign(said + hashlib.sha256(data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": text(data), "authenticatorData": text(said), "signature": text(signature)}
        return self._credential(response | over)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _said(self, domain: str, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + self.counts.to_bytes(4)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        known = text(self.id)
        return {"id": known, "rawId": known, "type": "public-key", "response": response, "clientExtensionResults": {}}
