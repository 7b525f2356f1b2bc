"""The test's way in: one JSON request a line, one call for each, one JSON answer a line."""

import json
import os
from typing import Any
from uuid import uuid4

import eventlet

from chassis.rpc.client import RpcClient
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Refusal, Refused
from chassis.rpc.wire import InternalError


def answer_lines(rpc: RpcClient) -> None:
    listener = eventlet.listen(("127.0.0.1", int(os.environ["LINLI_TEST_DOOR_PORT"])))
    while True:
        connection, _ = listener.accept()
        eventlet.spawn_n(_converse, connection, rpc)


def _converse(connection: Any, rpc: RpcClient) -> None:
    with connection, connection.makefile("rw") as lines:
        for line in lines:
            lines.write(json.dumps({"answer": _call(rpc, json.loads(line))}) + "\n")
            lines.flush()


def _call(rpc: RpcClient, request: dict[str, Any]) -> str:
    context = CallContext(
        identity=Identity(account_id="load", party="system"),
        correlation_id=uuid4().hex,
        idempotency_key=request["request"],
        key_from_caller=True,
        request_hash=request["request"],
    )
    try:
        rpc.call("tally", "count", request, context)
    except Refused as refused:
        return f"refused: {refused.code}"
    except Refusal as refusal:
        return f"refused: {refusal.code}"
    except InternalError as error:
        return f"failed: {error.error_id}"
    return "done"
