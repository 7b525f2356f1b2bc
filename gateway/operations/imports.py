"""Imports of lists, for the API and the pages: check a file, show the outcome of each row, and commit."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from chassis import text as texts
from gateway.accounts import invitations
from gateway.http import community as of_request
from gateway.http import current, idempotency, limits
from gateway.imports import use_cases
from gateway.imports.columns import Column
from gateway.imports.kinds import KINDS_BY_NAME
from gateway.imports.models import ImportDraft
from gateway.imports.outcomes import Outcome
from gateway.refusals.files import ImportChanged

OF_DIRECTORY = ("grids", "communities")


def columns(kind: str) -> Sequence[Column]:
    return KINDS_BY_NAME[kind].columns


def most_rows(kind: str) -> int:
    return KINDS_BY_NAME[kind].most


def check(kind: str, content: bytes) -> dict[str, Any]:
    """What the file would do, as JSON, once per idempotency key. Nothing is changed. Raises Throttled, InvalidField for
    `file`."""
    limits.spend(limits.UPLOADS)
    # The boundary of a multipart body changes when the request is repeated. The file does not.
    idempotency.fingerprint_content(hashlib.sha256(content).digest())
    answer = _answer(use_cases.check(current.accounts(), kind=kind, content=content))
    return idempotency.once(lambda session: answer)


def get(import_id: UUID) -> tuple[dict[str, Any], list[Outcome]]:
    """A check of the acting account as JSON, and the outcome of each row. Raises NotFound."""
    with current.accounts().reading() as call:
        draft, outcomes = use_cases.get(call, import_id)
        return _answer(draft), outcomes


def page_of_rows(import_id: UUID, *, limit: int, cursor: str | None = None, outcome: str | None = None) -> dict[str, Any]:
    """A page of the outcomes of rows as JSON, in the order of the file. Raises NotFound."""
    _, outcomes = get(import_id)
    after = texts.whole_number(cursor) or 0
    wanted = [one for one in outcomes if one.line > after and outcome in (None, one.outcome)]
    following = str(wanted[limit - 1].line) if len(wanted) > limit else None
    return {"items": [row(one) for one in wanted[:limit]], "next_cursor": following}


def row(outcome: Outcome) -> dict[str, Any]:
    """The outcome of a row as JSON, in the language of the request."""
    english = current.language().startswith("en")
    return {
        "line": outcome.line,
        "outcome": outcome.outcome,
        "label": outcome.label,
        "changes": {name: list(pair) for name, pair in outcome.changes.items()},
        "problems": [
            {"column": one.column, "code": one.code, "message": one.en if english else one.zh} for one in outcome.problems
        ],
    }


def commit(import_id: UUID, digest: str) -> dict[str, Any]:
    """Carry out what was shown, once per idempotency key. The answer has the links of new invitations; they are nowhere else.
    Raises NotFound, ImportDone, ImportHasErrors, and ImportChanged after the rows were checked again."""

    def work(session: Session) -> dict[str, Any]:
        done = use_cases.commit(current.accounts(), session, import_id=import_id, digest=digest)
        links = [
            {"username": one["username"], "name": one["name"], "link": f"{request.url_root}{invitations.PAGE}{one['token']}"}
            for one in done.secrets
        ]
        return _answer(done.draft) | {"invitations": links}

    try:
        answer = idempotency.once(work)
    except use_cases.Outdated as outdated:
        use_cases.show_again(current.accounts(), import_id=import_id, outcomes=outdated.outcomes)
        raise ImportChanged() from outdated
    if answer["kind"] in OF_DIRECTORY:
        of_request.directory_changed()
    return answer


def _answer(draft: ImportDraft) -> dict[str, Any]:
    return {
        "id": str(draft.id),
        "kind": draft.kind,
        "digest": draft.digest,
        "counts": dict(draft.counts),
        "created_at": draft.created_at.isoformat(),
        "expires_at": draft.expires_at.isoformat(),
        "committed_at": draft.committed_at.isoformat() if draft.committed_at else None,
    }
