"""Reporting a case with its photos."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import ValidationError

from chassis.database.engine import transaction
from chassis.rpc.idempotency import KeyReused
from chassis.rpc.refusal import Refused
from gateway.calls import calls
from gateway.http import current, limits
from gateway.operations import live_settings, people
from gateway.photos import storage
from gateway.refusals.requests import SignInToReport
from services.cases.interface.cases import REPORT_CASE


def report_case(payload: dict[str, Any]) -> dict[str, Any]:
    """Call cases.report_case with the JSON `payload`. Returns its answer, {case, lookup_token}. The photos must be the
    reporter's own and in no other report. Raises InvalidField, SignInToReport and Throttled for visitors, and the refusals of
    the service."""
    account_id = current.identity().account_id
    if account_id is None and current.identity().system_id is None:  # a system has rights and a limit of its own
        if not live_settings.takes_unnamed_reports():
            raise SignInToReport()
        limits.spend(limits.ANONYMOUS_REPORTS)
    people.check_subjects(payload)
    photo_ids = _photo_ids(payload)
    if not photo_ids:
        return calls.send(REPORT_CASE, payload)
    request_key = _request_key(account_id)
    with transaction(current.database()) as session:
        storage.claim(session, photo_ids, request_key, account_id=UUID(account_id) if account_id else None)
    answer = _report(payload, request_key)
    with transaction(current.database()) as session:
        storage.keep(session, request_key, anonymous=answer["case"]["anonymous"])
    return answer


def _photo_ids(payload: dict[str, Any]) -> list[UUID]:
    """The photos to claim. Empty if the field is invalid, because the service then refuses it with the reason."""
    try:
        found: list[UUID] = REPORT_CASE.takes.fields["photo_ids"].deserialize(payload.get("photo_ids", []))
    except ValidationError:
        return []
    return found


def _request_key(account_id: str | None) -> str:
    """A key of this request. A repetition with the same Idempotency-Key has the same key, so it may claim the same photos. It
    is a keyed hash, because it is stored beside a photo and must not reveal the reporter."""
    request = f"{account_id} {g.get('idempotency_key') or current.correlation_id()}"
    return current.personal().index(request).hex()


def _report(payload: dict[str, Any], request_key: str) -> dict[str, Any]:
    try:
        return calls.send(REPORT_CASE, payload)
    except Refused as refused:
        # After `unavailable`, or without any answer, the case may exist, so its photos stay claimed (gateway.photos.claims). If
        # the Idempotency-Key was used before, the earlier report has these photos.
        if refused.kind not in ("unavailable", "conflict") and refused.code != KeyReused.code:
            with transaction(current.database()) as session:
                storage.release(session, request_key)
        raise
