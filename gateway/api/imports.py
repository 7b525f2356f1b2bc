"""Imports of residents, staff, grids and communities from files."""

from typing import Any
from uuid import UUID

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import NOT_A_CHOICE, REQUIRED
from gateway.api import access
from gateway.api.documentation import links
from gateway.api.resource import Answer, Resource, created
from gateway.imports.interface import ROWS, CommitImport, CommittedImport, Import, ListRows
from gateway.imports.models import KINDS
from gateway.operations import imports as operations
from gateway.refusals.files import ImportChanged, ImportDone, ImportHasErrors

imports = Resource("imports", "导入 · Imports of lists from files")
_ADMIN = access.staff("admin")
_ONE = "/imports/<uuid:import_id>"
_UPLOAD = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["kind", "file"],
            "properties": {
                "kind": {"type": "string", "enum": list(KINDS)},
                "file": {"type": "string", "contentMediaType": "text/csv", "description": "CSV (UTF-8 or GB18030) or XLSX"},
            },
        },
        "example": {"kind": "residents", "file": "(the file)"},
    }
}


@imports.post(
    "/imports",
    "Check a file",
    request_content=_UPLOAD,
    answer=Import(),
    needs=_ADMIN,
    refuses=(429,),
    description="Tells what each row would do, and changes nothing. At most 10,000 rows and 10 MB. The titles of the columns "
    "may be Chinese, English, or their codes.",
    links=links("import_id", "getImport", "listImportedRows", "commitImport"),
)
def check_import() -> Answer:
    kind, content = _uploaded()
    return created(operations.check(kind, content), "/imports")


@imports.get(_ONE, "Read a check", answer=Import(), needs=_ADMIN, description="Only by the account that sent the file.")
def get_import(import_id: UUID) -> dict[str, Any]:
    return operations.get(import_id)[0]


@imports.get(f"{_ONE}/rows", "See what each row would do", query=ListRows(), answer=ROWS, needs=_ADMIN)
def list_imported_rows(query: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    return operations.page_of_rows(import_id, **query)


@imports.post(
    f"{_ONE}/commit",
    "Carry out an import",
    status=200,
    body=CommitImport(),
    answer=CommittedImport(),
    needs=_ADMIN,
    refuses=(ImportChanged, ImportDone, ImportHasErrors),
    description="All rows or none. If the rows would now do something else than what `digest` stands for, nothing is changed "
    "and the import is checked again. `invitations` are only in this answer, and in the answer to a repetition with the same "
    "Idempotency-Key.",
)
def commit_import(body: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    return operations.commit(import_id, body["digest"])


def _uploaded() -> tuple[str, bytes]:
    """The list and the file. Raises UnsupportedMediaType, InvalidField."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType()
    upload, kind = request.files.get("file"), request.form.get("kind")
    if kind not in KINDS:
        raise InvalidField(NOT_A_CHOICE, "kind", choices=", ".join(KINDS))
    if (
        upload is None
        or set(request.files) != {"file"}
        or set(request.form) != {"kind"}
        or len(request.files.getlist("file")) > 1
    ):
        raise InvalidField(REQUIRED, "file")
    content: bytes = upload.read()
    return kind, content
