"""The cases service as others call it. Nothing is decided here: payloads become use cases, and cases become answers."""

from typing import Any

from chassis.rpc.call import Call
from chassis.service import Payload, Service, command, query
from services.cases import answers, schemas, use_cases
from services.cases.answers import case_for


class CasesService(Service):
    name = "cases"

    @query
    def list_channels(self, call: Call, payload: Payload) -> Payload:
        schemas.Nothing().load(payload)
        return _items(answers.ChannelAnswer(), use_cases.list_channels(call))

    @query
    def list_categories(self, call: Call, payload: Payload) -> Payload:
        schemas.Nothing().load(payload)
        return _items(answers.CategoryAnswer(), use_cases.list_categories(call))

    @query
    def list_departments(self, call: Call, payload: Payload) -> Payload:
        schemas.Nothing().load(payload)
        return _items(answers.DepartmentAnswer(), use_cases.list_departments(call))

    @query
    def list_grids(self, call: Call, payload: Payload) -> Payload:
        schemas.Nothing().load(payload)
        return _items(answers.GridAnswer(), use_cases.list_grids(call))

    @query
    def list_cases(self, call: Call, payload: Payload) -> Payload:
        found = use_cases.list_cases(call, **schemas.ListCases().load(payload))
        return {"items": [case_for(case, call.acting) for case in found.items], "next_cursor": found.next_cursor}

    @query
    def get_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.get_case(call, **schemas.OneCase().load(payload)), call.acting)

    @query
    def get_case_history(self, call: Call, payload: Payload) -> Payload:
        steps = use_cases.get_case_history(call, **schemas.CaseHistory().load(payload))
        return _items(answers.HistoryAnswer(), steps.items, steps.next_cursor)

    @query
    def find_photos(self, call: Call, payload: Payload) -> Payload:
        found = use_cases.find_photos(call, **schemas.FindPhotos().load(payload))
        return {"items": [{"photo_id": str(photo_id), "anonymous": anonymous} for photo_id, anonymous in found.items()]}

    @query
    def look_up_case(self, call: Call, payload: Payload) -> Payload:
        found: Payload = answers.LookUpAnswer().dump(use_cases.look_up_case(call, **schemas.LookUpCase().load(payload)))
        return found

    @command
    def report_case(self, call: Call, payload: Payload) -> Payload:
        report = use_cases.report_case(call, **schemas.ReportCase().load(payload))
        token = {"lookup_token": report.lookup_token} if report.lookup_token else {}
        return {"case": case_for(report.case, call.acting)} | token

    @command
    def accept_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.accept_case(call, **schemas.AcceptCase().load(payload)), call.acting)

    @command
    def decline_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.decline_case(call, **schemas.ReasonedStep().load(payload)), call.acting)

    @command
    def dispatch_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.dispatch_case(call, **schemas.DispatchCase().load(payload)), call.acting)

    @command
    def return_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.return_case(call, **schemas.ReasonedStep().load(payload)), call.acting)

    @command
    def settle_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.settle_case(call, **schemas.SettleCase().load(payload)), call.acting)

    @command
    def close_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.close_case(call, **schemas.CloseCase().load(payload)), call.acting)

    @command
    def reopen_case(self, call: Call, payload: Payload) -> Payload:
        return case_for(use_cases.reopen_case(call, **schemas.ReasonedStep().load(payload)), call.acting)


def _items(schema: Any, rows: Any, next_cursor: str | None = None) -> Payload:
    return {"items": schema.dump(rows, many=True), "next_cursor": next_cursor}
