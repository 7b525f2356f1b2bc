"""Guesses at the codes of slips are stopped: by network and by case. Whoever knows the code is not counted."""

from typing import Any

from flask import Flask

from chassis.rpc.context import CallContext
from gateway.http import limits
from services.cases.interface.refusals import CaseNotFound
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices, refused
from tests.integration.gateway.samples import case

RIGHT = {"number": "LY-20261122-0001", "token": "K7MW-3XQ9"}


def answer(asked: dict[str, Any], context: CallContext) -> dict[str, Any]:
    if asked["token"] != RIGHT["token"]:
        raise refused(CaseNotFound())
    found = case()
    return {name: found[name] for name in ("number", "version", "state", "reported_at")} | {"updates": [], "steps": []}


def guess(visitor: Caller, **over: Any) -> int:
    return visitor.post("/cases/lookup", json=RIGHT | over).status_code


def test_ten_wrong_codes_of_a_case_and_thirty_of_any_are_the_last_of_a_network(visitor: Caller, services: FakeServices) -> None:
    services.on("cases", "look_up_case", answer)
    assert [guess(visitor, token=f"AAAA-AA{n:02}") for n in range(12)] == [404] * 10 + [429] * 2
    assert guess(visitor, number=" ly202611220001 ", token="B") == 429, "the same case, typed in another way"
    others = [guess(visitor, number=f"LY-20261122-1{n:03}", token="B") for n in range(22)]
    assert (others.count(404), others[-1]) == (20, 429)
    assert len(services.of("look_up_case")) == 30, "the others were not even compared"


def test_a_case_is_closed_to_guesses_from_many_networks(app: Flask, services: FakeServices) -> None:
    services.on("cases", "look_up_case", answer)
    statuses = []
    for network in range(60):
        stranger = Caller(app.test_client(use_cookies=False), {})
        environ = {"REMOTE_ADDR": f"203.0.113.{network}"}
        statuses.append(stranger.post("/cases/lookup", json=RIGHT | {"token": "B"}, environ_base=environ).status_code)
    assert (statuses.count(404), statuses[-1]) == (50, 429)


def test_right_codes_are_not_counted_as_guesses(visitor: Caller, services: FakeServices) -> None:
    services.on("cases", "look_up_case", answer)
    assert {guess(visitor) for _ in range(15)} == {200}
    assert guess(visitor, token="B") == 404
    assert int(limits.SLIP_LOOKS.rate.split()[0]) > 30, "a hall of people behind one address"


def test_the_steps_of_a_slip_name_nobody_who_is_signed_in(sign_in: Any, services: FakeServices) -> None:
    services.on("cases", "take_slip_step", answer)
    taken = sign_in("wang").post("/cases/lookup/steps", json=RIGHT | {"step": "close", "satisfied": True})
    assert taken.status_code == 200
    asked = services.of("take_slip_step")[0]
    assert (asked.context.identity.account_id, asked.context.identity.party) == (None, "anonymous")
    wrong = sign_in("wang").post("/cases/lookup/steps", json=RIGHT | {"token": "B", "step": "close"})
    assert (wrong.status_code, wrong.json["code"]) == (404, "case.not_found")
