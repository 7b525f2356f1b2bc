"""Check a file, show what would be done, and do exactly that."""

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import NotFound
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import NO_COMMUNITY
from gateway.audit import recording
from gateway.imports import engine, files
from gateway.imports.columns import Row
from gateway.imports.kinds import KINDS_BY_NAME
from gateway.imports.models import KEPT, ImportDraft
from gateway.imports.outcomes import Outcome, counts_of, digest_of
from gateway.offload import offload
from gateway.refusals.files import ImportChanged, ImportDone, ImportHasErrors

# Only one import of a kind runs at a time. Two clerks with the same file would otherwise add everybody twice.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('linli import ' || :kind, 0))")


@dataclass(frozen=True, slots=True)
class Committed:
    """`secrets` are only here, once: the tokens of invitations."""

    draft: ImportDraft
    secrets: list[dict[str, Any]]


class _RollBack(Exception):
    """Ends a transaction whose changes are not wanted."""


class _Outdated(_RollBack):
    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


def check(accounts: Accounts, *, kind: str, content: bytes) -> ImportDraft:
    """Read the file and find out what each row would do. Nothing is changed except that the check is stored. Raises
    InvalidField for the field `file`."""
    rows = files.read(content, KINDS_BY_NAME[kind].columns, accounts.language, KINDS_BY_NAME[kind].most)
    outcomes = _tried(accounts, kind, rows)
    with accounts.transaction() as call:
        draft = ImportDraft(
            community_id=accounts.acting.community_id or accounts.community_id or NO_COMMUNITY,
            account_id=UUID(accounts.acting.signed_in()),
            kind=kind,
            rows=_sealed(call, [{"line": row.line, "cells": row.cells} for row in rows]),
            created_at=call.now,
            expires_at=call.now + KEPT,
        )
        _show(call, draft, outcomes)
        # What the reader of the file found wrong is in the outcomes. A file with errors is never committed.
        call.session.add(draft)
    return draft


def get(call: AccountCall, import_id: UUID) -> tuple[ImportDraft, list[Outcome]]:
    """A check of the acting account, with the outcome of each row. Raises NotFound."""
    draft = _own(call, import_id, lock=False)
    return draft, [Outcome.load(value) for value in _opened(call, draft.outcomes)]


def commit(accounts: Accounts, session: Session, *, import_id: UUID, digest: str) -> Committed:
    """Do what was shown, in the transaction of `session`. `digest` identifies it. Raises NotFound, ImportDone, ImportChanged if
    `digest` is not that of the latest check, ImportHasErrors, and `_Outdated` if the rows would now do something else; call
    `show_again` then."""
    call = accounts.within(session)
    draft = _own(call, import_id, lock=True)
    if draft.committed_at is not None:
        raise ImportDone()
    if digest != draft.digest:
        raise ImportChanged()
    if draft.counts["error"]:
        raise ImportHasErrors(count=draft.counts["error"])
    rows = [Row(**value) for value in _opened(call, draft.rows)]
    ran = _run(call, draft.kind, rows, storing=True)
    if digest_of(ran.outcomes) != digest:
        raise _Outdated(ran.outcomes)
    draft.committed_at, draft.rows = call.now, None
    recording.record(
        call,
        kind="import",
        subject_id=draft.id,
        label=draft.kind,
        action="imported",
        communities=DISTRICT if accounts.acting.reach == DISTRICT else Communities(accounts.acting.reach.ids),
        after={name: draft.counts[name] for name in ("new", "changed", "unchanged")} | {"digest": digest[:16]},
    )
    return Committed(draft, ran.secrets)


Outdated = _Outdated


def show_again(accounts: Accounts, *, import_id: UUID, outcomes: list[Outcome]) -> None:
    """Store what the rows would do now, so that people can look at it. Raises NotFound, ImportDone."""
    with accounts.transaction() as call:
        draft = _own(call, import_id, lock=True)
        if draft.committed_at is not None:
            raise ImportDone()
        _show(call, draft, outcomes)


def _tried(accounts: Accounts, kind: str, rows: Sequence[Row]) -> list[Outcome]:
    found: list[Outcome] = []
    try:
        with accounts.transaction() as call:
            found = _run(call, kind, rows, storing=False).outcomes
            raise _RollBack
    except _RollBack:
        return found


def _run(call: AccountCall, kind: str, rows: Sequence[Row], *, storing: bool) -> engine.Ran:
    call.session.execute(_ALONE, {"kind": kind})
    return engine.run(call, KINDS_BY_NAME[kind], rows, storing=storing)


def _show(call: AccountCall, draft: ImportDraft, outcomes: list[Outcome]) -> None:
    draft.outcomes = _sealed(call, [asdict(one) for one in outcomes])
    draft.digest, draft.counts = digest_of(outcomes), counts_of(outcomes)


def _own(call: AccountCall, import_id: UUID, *, lock: bool) -> ImportDraft:
    own = UUID(call.acting.signed_in())
    statement = select(ImportDraft).where(ImportDraft.id == import_id, ImportDraft.account_id == own)
    draft = call.session.scalar(statement.with_for_update() if lock else statement)
    if draft is None:
        raise NotFound()
    return draft


def _sealed(call: AccountCall, values: list[Any]) -> bytes:
    return offload(lambda: call.personal.seal_bytes(zlib.compress(orjson.dumps(values))))


def _opened(call: AccountCall, sealed: bytes | None) -> list[Any]:
    if sealed is None:
        return []
    found: list[Any] = offload(lambda: orjson.loads(zlib.decompress(call.personal.open_bytes(sealed))))
    return found
