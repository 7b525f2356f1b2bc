"""Takes over departments that an operator entered in the database of cases, as was done before the directory had any."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from gateway.directory import storage, use_cases
from gateway.directory.models import LAST_POSITION, is_id


def adopt_departments(database: Engine, list_departments: Callable[[], Mapping[str, Any]], now: datetime) -> int:
    """Put those departments that `list_departments` returns, and whose codes the directory does not have, into the directory,
    with the ids that cases knows. Returns their number. Several gateways may call it at once. Codes that the directory cannot
    store are left out. Raises the errors of `list_departments`."""
    listed = [one for one in list_departments()["items"] if is_id(one["code"])]
    with reading(database) as session:
        if not _unknown(storage.department_codes(session), listed):
            return 0
    with transaction(database) as session:
        storage.lock_directory(session)
        known = storage.department_codes(session)
        new = _unknown(known, listed)
        for position, one in enumerate(new, start=len(known)):
            use_cases.put_department(
                Call(session, now),
                id=one["code"],
                department_id=UUID(one["id"]),
                name=one["name"],
                position=min(position, LAST_POSITION),
            )
    return len(new)


def _unknown(known: set[str], listed: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in listed if one["code"] not in known]
