"""Reporting a case with its photos, for the API and the pages alike."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import ValidationError

from chassis.database.engine import transaction
from chassis.rpc.idempotency import KeyReused
from chassis.rpc.refusal import Refused
from gateway.accounts import subjects
from gateway.calls import calls
from gateway.http import current, limits
from gateway.photos import store
from services.cases.interface.cases import REPORT_CASE


def report_case(payload: dict[str, Any]) -> dict[str, Any]:
    """Report through cases.report_case with JSON as the API takes it; gives its answer, {case, lookup_token}. The photos
    must be the reporter's own and free. Raises Invalid, Throttled for visitors who report too often, and what the service
    refuses."""
    account_id = current.identity().account_id
    if account_id is None:
        limits.spend(limits.ANONYMOUS_REPORTS)
    subjects.check(payload)
    photo_ids = _photo_ids(payload)
    # Repeated with the same Idempotency-Key it is the same report, whose photos are its own.
    # Hashed with a key of ours: what stays beside the photo must not say who reported.
    request = f"{account_id} {g.get('idempotency_key') or current.correlation_id()}"
    request_key = current.personal().index(request).hex()
    with transaction(current.database()) as session:
        store.claim(session, photo_ids, request_key, account_id=UUID(account_id) if account_id else None)
    try:
        answer = calls.send(REPORT_CASE, payload)
    except Refused as refused:
        # Unavailable, or no answer at all: the case may have been made, so the photos stay claimed (photos/claims.py).
        # And what is wrong with the key says that there was another report under it, whose photos these are.
        if photo_ids and refused.kind not in ("unavailable", "conflict") and refused.code != KeyReused.code:
            with transaction(current.database()) as session:
                store.release(session, request_key)
        raise
    if photo_ids:
        with transaction(current.database()) as session:
            store.keep(session, request_key, anonymous=answer["case"]["anonymous"])
    return answer


def _photo_ids(payload: dict[str, Any]) -> list[UUID]:
    """The photos to claim. None where the service will refuse the field: it says why."""
    try:
        found: list[UUID] = REPORT_CASE.takes.fields["photo_ids"].deserialize(payload.get("photo_ids", []))
    except ValidationError:
        return []
    return found
