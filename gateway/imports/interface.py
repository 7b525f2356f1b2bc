"""Requests and answers of the API about imports."""

from marshmallow import fields

from chassis.rpc.interface import Answer, OneOf, Paged, Pattern, Request, Rule, identifier, moment, number, page_of, text, word
from gateway.imports.models import KINDS, OUTCOMES

NOT_A_DIGEST = Rule("not_a_digest", "This is not the digest of a check.", "不是检查结果的摘要。")
EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class Counts(Answer):
    new = number(12)
    changed = number(3)
    unchanged = number(40)
    error = number(0)


class Import(Answer):
    id = identifier()
    kind = word(KINDS)
    digest = text(EXAMPLE, description="identifies what each row would do; send it to commit exactly that")
    counts = fields.Nested(Counts, required=True, metadata={"description": "rows by outcome"})
    created_at = moment()
    expires_at = moment()
    committed_at = moment(maybe=True)


class InvitedStaff(Answer):
    username = text("zhao.lei")
    name = text("赵磊")
    link = text("https://linli.example/invitation?token=9sT…", description="only in this answer")


class CommittedImport(Import):
    invitations = fields.List(fields.Nested(InvitedStaff), required=True, metadata={"description": "of new staff"})


class RowProblem(Answer):
    column = text("phone", description="empty for the whole row")
    code = text("bad_phone")
    message = text("This is not a mobile number of mainland China, Hong Kong, Macao or Taiwan.")


class ImportedRow(Answer):
    line = number(2, description="in the file; the titles are line 1")
    outcome = word(OUTCOMES)
    label = text("李奶奶")
    changes = fields.Dict(
        required=True, metadata={"example": {"birth_year": [None, 1944]}, "description": "by column: before, after"}
    )
    problems = fields.List(fields.Nested(RowProblem), required=True, metadata={"example": []})


ROWS = page_of(ImportedRow)


class ListRows(Paged):
    outcome = OneOf(*OUTCOMES, example=None)


class CommitImport(Request):
    digest = Pattern("[0-9a-f]{64}", NOT_A_DIGEST, required=True, example=EXAMPLE)
