"""What the law gives to everybody about their own data: consent, export, erasure."""

from collections.abc import Iterator
from typing import IO, Any

from flask import Response
from marshmallow import fields

from chassis.rpc.interface import Answer, moment
from gateway.accounts import codes
from gateway.accounts.interface.own_account import Proof
from gateway.accounts.interface.sign_in import CodeSent
from gateway.api.access import BEFORE_CONSENT
from gateway.api.examples import example_of
from gateway.api.resource import NO_CONTENT, Resource
from gateway.api.resource import Answer as Outcome
from gateway.consents.interface import CONSENTS, Agree, Consent, Notice
from gateway.erasure.interface import ERASURE
from gateway.operations import consents, erasure, export, own_account
from gateway.refusals.own_data import (
    ConsentNotGiven,
    ErasureNotRequested,
    ErasureOfStaff,
    ErasureRequested,
    NoNotice,
    ReceiptUnknown,
)
from gateway.refusals.sign_in import CodeWrong, NoPhone, ProofNeeded

own_data = Resource("own_data", "我的数据 · Consent, export and erasure of your own data")


class Export(Answer):
    """All data of one person. The items have the fields of the operations that list them, without those about other people."""

    exported_at = moment()
    account = fields.Dict(required=True, metadata={"example": {"name": "王秀英"}})


for _name in export.SECTIONS[1:]:
    Export._declared_fields[_name] = fields.List(fields.Dict(), required=True, metadata={"example": []})


@own_data.get(
    "/communities/<community_id>/privacy-notices/<int:version>",
    "Read a version of a privacy notice",
    answer=Notice(),
    description="Also an earlier one. The version in force is `privacy_version` of the community.",
)
def get_privacy_notice(community_id: str, version: int) -> dict[str, Any]:
    return consents.read_notice(community_id, version)


@own_data.get(
    "/me/consents",
    "List your consents",
    answer=CONSENTS,
    needs=BEFORE_CONSENT,
    description="Also those that you have withdrawn.",
)
def list_consents() -> dict[str, Any]:
    return {"items": consents.list_own(), "next_cursor": None}


@own_data.post(
    "/me/consents",
    "Agree to the privacy notice of your community",
    body=Agree(),
    answer=Consent(),
    needs=BEFORE_CONSENT,
    refuses=[NoNotice],
    description="`version` is that of the notice in force. Once for each version; a second time changes nothing.",
)
def agree(body: dict[str, Any]) -> dict[str, Any]:
    return consents.agree(**body)


@own_data.delete(
    "/me/consents",
    "Withdraw your consent to the privacy notice",
    needs=BEFORE_CONSENT,
    refuses=[ConsentNotGiven],
    description="All consents of the account. What was done before stays lawful; bookings, registrations and cases stay with "
    "the centre. Until you agree again, other operations answer 403 `consent_needed`, and your open streams end. You are told.",
)
def withdraw_consent() -> Outcome:
    consents.withdraw()
    return NO_CONTENT


@own_data.post(
    "/me/proofs",
    "Ask for a code to prove again that you are there",
    status=202,
    answer=CodeSent(),
    needs=BEFORE_CONSENT,
    refuses=[NoPhone, 429],
    description="Sends six digits to the phone of your account.",
)
def ask_proof() -> dict[str, Any]:
    own_account.ask_proof()
    return {"expires_in": int(codes.VALID_FOR.total_seconds())}


@own_data.put(
    "/me/proofs",
    "Prove with the code that you are there",
    status=204,
    body=Proof(),
    needs=BEFORE_CONSENT,
    refuses=[NoPhone, CodeWrong, 429],
    description="The proof is fresh for ten minutes. Signing in is one too.",
)
def prove(body: dict[str, Any]) -> Outcome:
    own_account.prove(body["code"])
    return NO_CONTENT


@own_data.get(
    "/me/export",
    "Export all your data",
    needs=BEFORE_CONSENT,
    refuses=[ProofNeeded, 429],
    content={"application/json": {"schema": Export(), "example": example_of(Export())}},
    description="Needs a fresh proof (PUT /me/proofs). At most ten times a day.",
)
def export_data() -> Response:
    return download(export.write(), "application/json", "linli.json")


@own_data.get(
    "/me/erasure",
    "See whether your account is being erased",
    answer=ERASURE,
    needs=BEFORE_CONSENT,
    refuses=[ErasureNotRequested],
)
def get_erasure() -> dict[str, Any]:
    return erasure.find_own()


@own_data.post(
    "/me/erasure",
    "Ask for the erasure of your account",
    answer=ERASURE,
    needs=BEFORE_CONSENT,
    refuses=[ProofNeeded, ErasureRequested, ErasureOfStaff],
    description="Needs a fresh proof (PUT /me/proofs). Until `due_at` you can keep the account. `number` is that of the "
    "receipt, which can be read later without an account.",
)
def request_erasure() -> dict[str, Any]:
    return erasure.request_own()


@own_data.delete("/me/erasure", "Keep your account", needs=BEFORE_CONSENT, refuses=[ErasureNotRequested])
def keep_account() -> Outcome:
    erasure.keep_own()
    return NO_CONTENT


@own_data.get(
    "/erasures/<number>",
    "Read the receipt of an erasure",
    answer=ERASURE,
    refuses=[ReceiptUnknown, 429],
    description="For everybody who has the number. It says nothing about the person.",
)
def get_receipt(number: str) -> dict[str, Any]:
    return erasure.receipt(number)


def download(file: IO[bytes], media_type: str, name: str) -> Response:
    """The content of the file, in pieces. The response closes the file."""
    size = file.seek(0, 2)
    file.seek(0)

    def pieces() -> Iterator[bytes]:
        while piece := file.read(65_536):
            yield piece

    response = Response(pieces(), mimetype=media_type)
    response.call_on_close(file.close)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response
