"""Requests and answers of the API about the erasure of an account."""

from marshmallow import fields

from chassis.rpc.interface import Answer, OneOf, Request, moment, number, text, word
from gateway.erasure.models import REASONS, STATES


class RequestErasure(Request):
    reason = OneOf(*REASONS, required=True, example="asked")


class Gone(Answer):
    what = text("coming_bookings")
    count = number(1)


class KeptRows(Gone):
    what = text("cases")
    reason = text("archive", description="statistics (anonymous), archive (the file of a case), open (work goes on)")


class AnswerOfService(Answer):
    service = text("booking")
    at = moment()
    erased = fields.List(fields.Nested(Gone), required=True)
    kept = fields.List(fields.Nested(KeptRows), required=True)


class Erasure(Answer):
    """The erasure of an account, and its receipt. It says nothing about the person."""

    number = text("7K3M-9QTX-4WDA-H8RE", description="of the receipt; everybody who has it can read the receipt")
    state = word(STATES)
    requested_at = moment()
    due_at = moment(description="until then the account can be kept")
    erased_at = moment(maybe=True)
    done_at = moment(maybe=True)
    answers = fields.List(
        fields.Nested(AnswerOfService), required=True, metadata={"description": "what each service erased and kept"}
    )
    waits_for = fields.List(
        fields.String(), required=True, metadata={"example": [], "description": "services that have not answered yet"}
    )


ERASURE = Erasure()
