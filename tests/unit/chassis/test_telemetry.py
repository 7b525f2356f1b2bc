import io
import json
import logging
import sys
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import pytest
import structlog

from chassis.observability import telemetry

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def empty_context() -> Iterator[None]:
    """Each test in a context like a new greenlet's; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry.adopt({})
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()
    telemetry.adopt({})


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    telemetry.set_up_logging(level="info", format="json", process="test")
    return stream


def last(lines: io.StringIO) -> dict[str, Any]:
    return dict(json.loads(lines.getvalue().splitlines()[-1]))


def test_correlation_id_is_made_once_and_kept() -> None:
    first = telemetry.correlation_id()
    assert telemetry.correlation_id() == first
    assert telemetry.outgoing_headers() == {"correlation-id": first}


def test_adopted_headers_go_out_again() -> None:
    telemetry.adopt({"correlation-id": "abc", "traceparent": TRACEPARENT, "ce-id": "x"})
    assert telemetry.outgoing_headers() == {"correlation-id": "abc", "traceparent": TRACEPARENT}


@pytest.mark.parametrize("given", ["", "two words", "line\nbreak", "x" * 129, 7, None, '"quoted"'])
def test_a_correlation_id_unfit_for_logs_is_replaced(given: Any) -> None:
    telemetry.adopt({"correlation-id": given})
    assert telemetry.correlation_id() != given
    assert len(telemetry.correlation_id()) == 32


@pytest.mark.parametrize(
    "given", ["", "garbage", TRACEPARENT.replace("00-", "ff-", 1), TRACEPARENT.upper(), TRACEPARENT + "-x"]
)
def test_a_malformed_traceparent_is_dropped(given: str) -> None:
    telemetry.adopt({"correlation-id": "abc", "traceparent": given})
    assert telemetry.outgoing_headers() == {"correlation-id": "abc"}


def test_adopting_again_forgets_what_was_bound(lines: io.StringIO) -> None:
    telemetry.adopt({"correlation-id": "one", "traceparent": TRACEPARENT})
    telemetry.bind(service="booking")
    telemetry.adopt({"correlation-id": "two"})
    telemetry.get_logger("t").info("hello")
    assert last(lines)["correlation"] == "two"
    assert "service" not in last(lines)
    assert telemetry.outgoing_headers() == {"correlation-id": "two"}


def test_contexts_do_not_mix() -> None:
    telemetry.adopt({"correlation-id": "outer"})
    copy_context().run(telemetry.adopt, {"correlation-id": "inner"})
    assert telemetry.correlation_id() == "outer"


def test_every_line_says_who_and_for_what(lines: io.StringIO) -> None:
    telemetry.adopt({"correlation-id": "abc", "traceparent": TRACEPARENT})
    telemetry.bind(service="booking", method="book_space")
    telemetry.get_logger("a.b").warning("booked", booking_id="7")
    line = last(lines)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "booked",
        "level": "warning",
        "logger": "a.b",
        "process": "test",
        "correlation": "abc",
        "trace": "0af7651916cd43dd8448eb211c80319c",
        "service": "booking",
        "method": "book_space",
        "booking_id": "7",
    }


def test_libraries_log_the_same_way(lines: io.StringIO) -> None:
    telemetry.adopt({"correlation-id": "abc"})
    logging.getLogger("some.library").warning("calling %s", "13812345678", extra={"password": "p"})
    line = last(lines)
    assert (line["event"], line["correlation"], line["logger"]) == ("calling [phone]", "abc", "some.library")
    assert line["password"] == "[hidden]"


def test_chatty_libraries_are_quiet(lines: io.StringIO) -> None:
    logging.getLogger("kombu.mixins").info("Connected to amqp://")
    logging.getLogger("nameko.containers").warning("killing 3 managed thread(s)")
    telemetry.get_logger("mine").debug("below the level")
    assert lines.getvalue() == ""


def test_exceptions_are_logged_without_secrets(lines: io.StringIO) -> None:
    try:
        raise ValueError("amqp://linli:secret@host/ for 19900000001")
    except ValueError:
        telemetry.get_logger("t").exception("failed")
    text = last(lines)["exception"]
    assert "ValueError: amqp://[credentials]@host/ for [phone]" in text
    assert "Traceback" in text


def test_console_format_is_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    telemetry.set_up_logging(level="INFO", format="console")
    telemetry.get_logger("t").info("hello", token="t0ps3cret")
    assert "hello" in stream.getvalue()
    assert "t0ps3cret" not in stream.getvalue()


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        telemetry.set_up_logging(level="loud", format="json")
