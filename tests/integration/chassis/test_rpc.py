"""RPC on a real broker: answers, refusals, deadlines, forged callers, poison, drain, crash."""

import json
import signal
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from chassis.messaging import parking
from chassis.rpc import old_calls, signing
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.signed_calls import HEADER
from chassis.rpc.signing import SigningKey
from tests.integration.chassis.conftest import Caller, Toy, signed
from tests.patience import eventually


def context_until(deadline: float, **fields: object) -> CallContext:
    return CallContext(deadline=deadline, correlation_id=uuid4().hex, **fields)  # type: ignore[arg-type]


def value_of(engine: Engine, counter: str) -> int | None:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT value FROM counter WHERE name = :n"), {"n": counter})


def test_a_call_is_answered_on_behalf_of_who_signed_it(toy: Toy, caller: Caller) -> None:
    toy.start()
    assert caller.call("add", {"counter": "a", "by": 3}).result == {"value": 3}
    context = CallContext(identity=Identity(account_id="someone", party="resident"), language="en", correlation_id="c1")
    assert caller.call("get", {"counter": "a"}, context).result == {"value": 3, "account": "someone", "language": "en"}


def test_what_goes_wrong_comes_back_as_a_refusal_or_an_id(toy: Toy, toy_engine: Engine, caller: Caller) -> None:
    toy.start()
    refused = caller.call("add", {"counter": "a", "by": 1000}, CallContext(language="en", correlation_id="c")).error
    assert refused["exc_path"] == "chassis.refusal.Refused"
    assert refused["exc_args"] == ["toy.too_high", "conflict", "Counters stop at 100.", {"limit": 100}]
    assert value_of(toy_engine, "a") is None, "a refused command wrote something"
    with toy_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0

    invalid = caller.call("add", {"counter": 5, "colour": "red"}).error["exc_args"]
    assert invalid[0] == "invalid"
    assert {(e["field"], e["code"]) for e in invalid[3]["errors"]} == {("counter", "not_text"), ("colour", "unknown_field")}

    broken = caller.call("break_down", {}).error
    assert broken["exc_type"] == "InternalError"
    assert "secret" not in json.dumps(broken)
    assert broken["exc_args"][0] in toy.logs(), "the error id must find the reason in the log"

    assert caller.call("no_such_method", {}).error["exc_args"][0] == "unknown_method"


def test_forged_unsigned_and_late_calls_do_nothing(toy: Toy, toy_engine: Engine, caller: Caller) -> None:
    toy.start()
    soon, body = context_until(time.time() + 10), {"args": [{"counter": "a"}], "kwargs": {}}
    stolen, headers, properties = signed("get", {"counter": "a"}, soon)
    one, other = properties | {"reply_to": uuid4().hex}, properties | {"correlation_id": uuid4().hex}
    forged: dict[str, tuple[Any, ...]] = {
        "another key": ("add", *signed("add", {"counter": "a"}, soon, key=SigningKey(signing.new_key()))),
        "no signature": ("add", body),
        "no text": ("add", body, {HEADER: "\ud800.signature"}),
        "another method": ("add", stolen, headers, properties),
        "another body": ("get", stolen.replace(b'"a"', b'"b"'), headers, properties),
        "another body in form only": ("get", stolen + b" ", headers, properties),
        "another reply address": ("get", stolen, headers, one),
        "another id": ("get", stolen, headers, other),
        "the old form": ("add", body, {old_calls.HEADER: old_calls.sign(soon)}),
    }
    for why, call in forged.items():
        reply, code = caller.send(*call)(10), "context_of_other_release" if why == "the old form" else "context_forged"
        assert reply is not None and reply.error["exc_args"][0] == code, why
    assert value_of(toy_engine, "a") is None
    late = caller.send("add", *signed("add", {"counter": "a"}, context_until(time.time() - 1)))
    # The next call comes through the same queue: when it is answered, the late one has been looked at.
    assert caller.call("get", {"counter": "a"}).result["value"] is None
    assert late(0.2) is None


def test_malformed_requests_are_parked_and_the_service_goes_on(toy: Toy, toy_engine: Engine, caller: Caller) -> None:
    toy.start()
    caller.send("add", b"\xff{not json", content_type="application/json", content_encoding="utf-8")
    caller.send("add", {"nothing": "here"}, {"note": "a\0b"})
    caller.send("add", {"args": ["no object"], "kwargs": {}})
    caller.send("add", b"\x80\x04pickle", content_type="application/x-python-serialize", content_encoding="binary")
    eventually(lambda: len(parking.parked(toy_engine)) == 4)
    assert {row.consumer for row in parking.parked(toy_engine)} == {"rpc-toy"}
    assert all(row.reason.startswith("cannot be read") for row in parking.parked(toy_engine))
    # Nobody to reply to: the work is done, and nothing dies.
    body, headers, properties = signed("add", {"counter": "quiet"}, context_until(time.time() + 30), reply_to="")
    caller.send("add", body, headers, properties | {"reply_to": None})
    eventually(lambda: value_of(toy_engine, "quiet") == 1)
    assert caller.call("add", {"counter": "a"}).result == {"value": 1}


def test_the_same_key_gets_the_same_answer_once(toy: Toy, toy_engine: Engine, caller: Caller) -> None:
    toy.start()
    context = CallContext(correlation_id="c", idempotency_key="k1", key_from_caller=True, request_hash="h1")
    first = caller.call("add", {"counter": "a", "by": 5}, context)
    again = caller.call("add", {"counter": "a", "by": 5}, context)
    assert first.result == again.result == {"value": 5}
    other = CallContext(correlation_id="c", idempotency_key="k1", key_from_caller=True, request_hash="h2")
    assert caller.call("add", {"counter": "a", "by": 6}, other).error["exc_args"][0] == "idempotency_key_reused"
    assert value_of(toy_engine, "a") == 5

    refused = CallContext(correlation_id="c", idempotency_key="k2", key_from_caller=True, request_hash="h")
    assert caller.call("add", {"counter": "b", "by": 101}, refused).error["exc_args"][0] == "toy.too_high"
    with toy_engine.begin() as connection:
        connection.execute(text("INSERT INTO counter VALUES ('b', -50, 1)"))
    assert caller.call("add", {"counter": "b", "by": 101}, refused).error["exc_args"][0] == "toy.too_high"


def test_calls_that_choose_no_key_are_not_taken_for_each_other(toy: Toy, caller: Caller) -> None:
    """As of a gateway that acts for itself, with no request behind it that would name them."""
    toy.start()
    assert caller.call("add", {"counter": "a"}, CallContext()).result == {"value": 1}
    assert caller.call("add", {"counter": "a"}, CallContext()).result == {"value": 2}


def test_a_call_that_is_sent_again_has_no_second_effect(toy: Toy, toy_engine: Engine, caller: Caller) -> None:
    """By somebody who has seen it, before its deadline. The client has chosen no key; the gateway gives each call one."""
    toy.start()
    call = signed("add", {"counter": "a", "by": 7}, context_until(time.time() + 30))
    replies = [caller.send("add", *call)(10) for _ in range(3)]
    assert [reply and reply.result for reply in replies] == [{"value": 7}] * 3
    assert value_of(toy_engine, "a") == 7
    with toy_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 1


def test_sigterm_lets_work_in_flight_finish(toy: Toy, caller: Caller, tmp_path: Path) -> None:
    process = toy.start()
    started, until = tmp_path / "started", tmp_path / "until"
    payload = {"started": str(started), "until": str(until)}
    waiting = caller.send("wait", *signed("wait", payload, context_until(time.time() + 30)))
    eventually(started.exists)
    process.send_signal(signal.SIGTERM)
    assert waiting(0.5) is None, "answered before the work was done"
    assert process.poll() is None, "stopped with work in flight"
    until.touch()
    reply = waiting(10)
    assert reply is not None and reply.result == {"waited": True}
    assert process.wait(20) == 0


def test_a_crash_in_mid_command_repeats_nothing(toy: Toy, toy_engine: Engine, caller: Caller, tmp_path: Path) -> None:
    first = toy.start()
    payload = {"counter": "a", "mark": str(tmp_path / "mark")}
    waiting = caller.send("add_and_die", *signed("add_and_die", payload, context_until(time.time() + 60)))
    first.wait(20)
    toy.start()
    reply = waiting(20)
    assert reply is not None and reply.result == {"value": 1}
    assert value_of(toy_engine, "a") == 1
