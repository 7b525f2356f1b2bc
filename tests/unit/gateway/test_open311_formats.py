"""Parameters and formats of Open311."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from flask import Flask

from chassis.rpc.refusal import InvalidField
from gateway.open311 import formats, parameters

APP = Flask(__name__)
AT = datetime(2026, 1, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        "2026-01-05T00:00:00%2B08:00",
        "2026-01-05 00:00:00+08:00",
        "2026-01-05 00:00:00 08:00",
        "2026-01-05T00:00:00%2B0800",
        "2026-01-04T16:00:00Z",
        "2026-01-04T16:00:00.000Z",
        "2026-01-04T12:00:00-04:00",
    ],
)
def test_times(given: str) -> None:
    with APP.test_request_context(f"/?at={given}"):
        assert parameters.moment("at") == AT


@pytest.mark.parametrize("given", ["2026-01-05", "2026-01-05T00:00:00", "2026-13-05T00:00:00Z", "1", "0001-01-01T00:00:00Z"])
def test_other_times_are_refused(given: str) -> None:
    with APP.test_request_context(f"/?at={given}"), pytest.raises(InvalidField):
        parameters.moment("at")


def test_lists_are_comma_separated_or_repeated_and_empty_is_absent() -> None:
    with APP.test_request_context("/?a=1,2&a=3,,1&b=&b=,"):
        assert parameters.several("a") == ["1", "2", "3"]
        assert parameters.several("b") is None and parameters.text("b") is None
    with APP.test_request_context("/?a=" + ",".join(map(str, range(101)))), pytest.raises(InvalidField):
        parameters.several("a")


def test_attributes() -> None:
    form = {"attribute[A]": "1", "attribute[B][]": ["2", "", "3"], "attribute[C]": "", "attribute": "4"}
    with APP.test_request_context("/", method="POST", data=form):
        assert parameters.attributes() == {"A": ["1"], "B": ["2", "3"]}


@pytest.mark.parametrize("given", ["nan", "inf", "1e3", "１", "0x1", "1" * 50])
def test_what_is_no_decimal(given: str) -> None:
    with APP.test_request_context("/", query_string={"lat": given}), pytest.raises(InvalidField):
        parameters.decimal("lat")


def test_xml_has_words_for_booleans_and_nothing_that_xml_forbids() -> None:
    with APP.test_request_context("/services.xml"):
        answer = formats.respond([{"a": True, "b": None, "c": "<&\x01\ufffe", "urls": ["x", "y"]}], "services", "service")
    assert answer.content_type == "text/xml; charset=utf-8"
    service = ElementTree.fromstring(answer.get_data())[0]  # noqa: S314  our own answer
    assert (service.findtext("a"), service.findtext("b"), service.findtext("c")) == ("true", "", "<&")
    assert [one.text for one in service.findall("urls/url")] == ["x", "y"]


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/a.xml", "application/json", formats.XML),
        ("/a", "text/xml", formats.XML),
        ("/a", "*/*", formats.JSON),
        ("/a.json", "text/xml", formats.JSON),
    ],
)
def test_the_suffix_decides_then_accept(path: str, accept: str, media_type: str) -> None:
    with APP.test_request_context(path, headers={"Accept": accept}):
        assert formats.asked_for() == media_type
