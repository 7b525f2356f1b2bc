import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.observability import logs, telemetry
from chassis.observability.console_lines import as_text

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def empty_context(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test in a context like a new greenlet's; logging is put back afterwards."""
    monkeypatch.setattr(logs, "_output", logs._output)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry.adopt({})
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
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


def test_what_json_cannot_hold_is_written_all_the_same(lines: io.StringIO) -> None:
    telemetry.get_logger("t").info("half a pair: \ud83d", least=-(2**70), deep={("a", 1): 1, 2: UTC})
    line = last(lines)
    assert (line["event"], line["least"], line["deep"]) == ("half a pair: \ud83d", -(2**70), {"2": "UTC"})
    assert line["timestamp"].endswith("Z")


def test_a_handled_exception_can_be_given(lines: io.StringIO) -> None:
    telemetry.get_logger("t").error("failed", exc_info=ValueError("phone 19900000001"))
    assert last(lines)["level"] == "error"
    assert last(lines)["exception"] == "ValueError: phone [phone]"


def test_what_is_bound_is_hidden_too(lines: io.StringIO) -> None:
    telemetry.bind(password="p", by="19900000001")
    telemetry.get_logger("t").info("hello")
    assert (last(lines)["password"], last(lines)["by"]) == ("[hidden]", "[phone]")


def test_a_lines_own_fields_go_before_those_that_are_bound_and_these_before_the_processs(lines: io.StringIO) -> None:
    telemetry.bind(process="bound", service="bound")
    telemetry.get_logger("t").info("hello", service="own")
    assert (last(lines)["process"], last(lines)["service"]) == ("bound", "own")


def test_libraries_exceptions_and_stacks_are_kept(lines: io.StringIO) -> None:
    try:
        raise KeyError("19900000001")
    except KeyError:
        logging.getLogger("some.library").exception("failed", stack_info=True)
    assert last(lines)["exception"].endswith("KeyError: '[phone]'")
    assert last(lines)["stack"].startswith("Stack (most recent call last):")
    assert not {"msg", "args", "exc_info", "exc_text", "stack_info", "taskName", "levelno"} & last(lines).keys()


def test_every_level_is_written_by_its_name(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", lines)
    telemetry.set_up_logging(level="DEBUG", format="json")
    log = telemetry.get_logger("t")
    for level in (log.debug, log.info, log.warning, log.error):
        level("hello")
    assert [json.loads(line)["level"] for line in lines.getvalue().splitlines()] == ["debug", "info", "warning", "error"]


def test_console_format_is_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    telemetry.set_up_logging(level="INFO", format="console", process="up")
    telemetry.get_logger("t").info("hello", token="t0ps3cret", text="two words", count=2)
    at, _, line = stream.getvalue().partition(" ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", at)
    assert line.startswith("[info     ] hello                          [t] ")
    assert line.endswith(" count=2 process=up text='two words' token=[hidden]\n")


def test_on_a_terminal_it_has_colours_and_tracebacks_stand_below() -> None:
    line = {"event": "failed", "level": "error", "logger": "t", "timestamp": datetime.now(UTC), "exception": "Traceback\n  x"}
    assert as_text(line, colours=True).endswith("[\x1b[34m\x1b[1mt\x1b[0m]\nTraceback\n  x")
    assert as_text(line).endswith("] failed                         [t]\nTraceback\n  x")


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        telemetry.set_up_logging(level="loud", format="json")
