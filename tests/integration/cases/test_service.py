"""What goes over the wire: JSON objects in, JSON objects out, whole and with nothing hidden in them."""

from inspect import unwrap
from typing import Any
from uuid import uuid4

import orjson
import pytest
from marshmallow import ValidationError

from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.interface import Verb
from services.cases.interface import CASES
from services.cases.service import CasesService
from tests.integration.cases.conftest import ROADS, District

CASE_FIELDS = {
    *("id", "version", "community_id", "number", "channel", "channel_name", "category", "category_name", "grid_id", "text"),
    *(
        "address",
        "location",
        "photo_ids",
        "anonymous",
        "published",
        "reporter_id",
        "system_id",
        "state",
        "department_id",
        "department_name",
        "handler_id",
    ),
    *("settlement", "satisfied", "reported_at", "accepted_at", "dispatched_at", "settled_at", "closed_at", "declined_at"),
    *("outcome", "solved", "disputed_at", "withdrawn_at", "voided_at"),
    *("allowed_actions", "mine"),
}

WITHDRAW = [
    {
        "name": "withdraw",
        "label": {"zh-CN": "撤回", "en": "Withdraw"},
        "fields": [
            {
                "name": "comment",
                "kind": "text",
                "label": {"zh-CN": "想说的话", "en": "Anything to add"},
                "required": False,
                "most": 1000,
                "blank": None,
                "yes": None,
                "no": None,
            }
        ],
    }
]


def ask(district: District, acting: Identity, method: str, **payload: Any) -> dict[str, Any]:
    """Call the method as chassis does, with what JSON makes of the payload; the answer as JSON makes of it. Every answer
    is what the interface promises."""
    sent = orjson.loads(orjson.dumps(payload))
    entry: Any = unwrap(getattr(CasesService, method))
    with district.call(acting) as call:
        answer: dict[str, Any] = orjson.loads(orjson.dumps(entry(None, call, sent)))
    assert CASES.verbs[method].gives.validate(answer) == {}
    return answer


def reported(district: District, acting: Identity, **over: Any) -> dict[str, Any]:
    payload = {"channel": "photo", "category": "facilities-light", "text": "路灯不亮", "photo_ids": [uuid4()]} | over
    return ask(district, acting, "report_case", **payload)


def test_a_case_over_the_wire(district: District) -> None:
    location = {"lat": 33.62, "lon": 114.65, "datum": "gcj02"}
    answer = reported(district, district.wang, grid_id="liuyi-1", address="3号楼", location=location)
    case = answer["case"]
    assert "lookup_token" not in answer
    assert set(case) == CASE_FIELDS
    assert (case["state"], case["version"], case["mine"], case["allowed_actions"]) == ("reported", 1, True, ["withdraw"])
    assert case["reporter_id"] == district.wang.account_id
    assert case["reported_at"] == "2026-11-22T01:30:00+00:00"
    assert case["location"] == pytest.approx(case["location"] | {"lat": 33.6217, "lon": 114.6446}, abs=2e-3)
    assert (case["location"]["datum"], case["location"]["source_datum"]) == ("wgs84", "gcj02")
    assert (case["department_id"], case["department_name"], case["accepted_at"]) == (None, None, None)
    assert case["category_name"] == {"zh-CN": "路灯照明", "en": "Street lighting"}
    assert ask(district, district.wang, "get_case", case_id=case["id"]) == case | {"steps": WITHDRAW}


def test_what_a_caller_may_do_next_is_theirs(district: District) -> None:
    case = reported(district, district.wang)["case"]
    seen = ask(district, district.clerk, "get_case", case_id=case["id"])
    assert (seen["allowed_actions"], seen["mine"]) == (["accept", "decline", "ask"], False)
    accept, decline, _ = seen["steps"]
    assert [field["name"] for field in accept["fields"]] == ["category", "note"]
    assert (decline["name"], decline["label"]) == ("decline", {"zh-CN": "不受理", "en": "Decline"})
    [reason] = decline["fields"]
    assert (reason["name"], reason["kind"], reason["required"], reason["most"]) == ("reason", "text", True, 1000)
    assert reason["label"] == {"zh-CN": "原因（居民可见）", "en": "Reason (the resident sees it)"}


def test_the_one_verb_for_all_steps(district: District) -> None:
    case_id = reported(district, district.wang)["case"]["id"]
    accepted = ask(district, district.clerk, "take_step", case_id=case_id, step="accept", note="核实", expected_version=1)
    assert accepted["state"] == "accepted"
    assert [step["name"] for step in accepted["steps"]] == accepted["allowed_actions"] != []
    declined = ask(district, district.clerk, "take_step", case_id=case_id, step="decline", reason="重复")
    assert (declined["state"], declined["version"], declined["steps"]) == ("declined", 3, [])
    history = ask(district, district.clerk, "get_case_history", case_id=case_id)["items"]
    assert [(line["action"], line["note"]) for line in history[1:]] == [("accept", "核实"), ("decline", "重复")]


def test_the_way_through_the_desk(district: District) -> None:
    case_id = reported(district, district.wang)["case"]["id"]
    accepted = ask(district, district.clerk, "accept_case", case_id=case_id, note="核实", expected_version=1)
    assert (accepted["state"], accepted["version"]) == ("accepted", 2)
    to = {"department_id": ROADS, "handler_id": district.handler.account_id}
    dispatched = ask(district, district.clerk, "dispatch_case", case_id=case_id, **to)
    assert (dispatched["department_id"], dispatched["department_name"]["en"]) == (str(ROADS), "Roads")
    assert ask(district, district.handler, "return_case", case_id=case_id, reason="派错")["department_id"] is None
    ask(district, district.clerk, "dispatch_case", case_id=case_id, **to)
    settled = ask(district, district.handler, "settle_case", case_id=case_id, settlement="已修好")
    assert (settled["settlement"], settled["allowed_actions"]) == ("已修好", [])
    closed = ask(district, district.wang, "close_case", case_id=case_id, satisfied=False, comment="又坏了")
    assert (closed["state"], closed["satisfied"]) == ("disputed", False)
    assert ask(district, district.supervisor, "reopen_case", case_id=case_id, reason="反弹")["state"] == "accepted"
    assert ask(district, district.clerk, "decline_case", case_id=case_id, reason="重复")["state"] == "declined"
    history = ask(district, district.clerk, "get_case_history", case_id=case_id, limit=3)
    assert [step["action"] for step in history["items"]] == ["report", "accept", "dispatch"]
    assert history["items"][2]["department_name"]["en"] == "Roads"
    assert history["next_cursor"]


def test_an_anonymous_report_is_answered_without_a_name_and_with_a_token(district: District) -> None:
    for acting in (ANONYMOUS, district.wang):
        answer = reported(district, acting, anonymous=True)
        assert answer["case"]["reporter_id"] is None
        assert district.wang.account_id not in orjson.dumps(answer).decode()
        looked_up = ask(district, ANONYMOUS, "look_up_case", number=answer["case"]["number"], token=answer["lookup_token"])
        assert looked_up["state"] == "reported"
        assert not {"text", "address", "id", "photo_ids"} & set(looked_up)


def test_lists_over_the_wire(district: District) -> None:
    for method in ("list_channels", "list_categories", "list_departments", "list_grids"):
        answer = ask(district, ANONYMOUS, method)
        assert answer["items"] and answer["next_cursor"] is None
        assert all(set(row["name"]) == {"zh-CN", "en"} for row in answer["items"])
    reported(district, district.wang)
    mine = ask(district, district.wang, "list_cases", limit=1)
    assert [set(case) for case in mine["items"]] == [CASE_FIELDS]


@pytest.mark.parametrize("verb", list(CASES), ids=str)
def test_unknown_fields_are_refused_by_every_entrypoint(district: District, verb: Verb) -> None:
    with pytest.raises(ValidationError) as refused:
        ask(district, district.clerk, verb.name, colour="red")
    assert refused.value.normalized_messages()["colour"] == ["Unknown field."]
