"""nginx in front agrees with the gateway: the same problems, in the same shape, and room for what the gateway takes."""

import re
from pathlib import Path

import orjson
import pytest
from flask import Flask

from chassis.rpc.call import Unavailable
from gateway.api.problem_schemas import Problem
from gateway.http.compression import accepts_gzip
from gateway.http.problems import OF_STATUS, type_of
from gateway.web import guards

NGINX = Path(__file__).parents[4] / "deploy/nginx"
SITE = (NGINX / "site.conf").read_text()
COMMON = (NGINX / "templates/00-common.conf.template").read_text()
BODIES = {int(status): body for status, body in re.findall(r"return (\d+) '(.*)';", SITE)}
# Our own variables, as nginx would fill them in; each is made by a map that lets nothing else through.
FILLED = {
    "$linli_request_id": "0199d3a07c1e7a529d5b3f1c2b6a4e10",
    "$linli_instance": "/api/v1/photos",
    "$linli_says_too_large": "请求内容过大。",
    "$linli_says_unavailable": "…",
}
MEGABYTE = 2**20


def filled(body: str) -> dict[str, object]:
    return dict(orjson.loads(re.sub(r"\$\w+", lambda name: FILLED[name[0]], body)))


def test_its_problems_have_the_gateways_codes() -> None:
    assert {status: filled(body)["code"] for status, body in BODIES.items()} == {
        413: OF_STATUS[413][0],
        503: Unavailable.code,
    }


@pytest.mark.parametrize("status", BODIES)
def test_its_problems_are_what_the_document_promises(status: int) -> None:
    assert Problem().validate(filled(BODIES[status])) == {}
    assert filled(BODIES[status])["status"] == status
    assert filled(BODIES[status])["type"] == type_of(str(filled(BODIES[status])["code"]))


def test_its_statuses_are_documented_ones() -> None:
    """Without `=503` the answer keeps the status of what went wrong behind, whatever its body says."""
    assert "error_page 502 503 504 =503 @unavailable;" in SITE


def test_nothing_of_a_request_gets_into_them_unexamined() -> None:
    mapped = set(re.findall(r"^map \$\w+ (\$\w+) \{", COMMON, re.MULTILINE))
    assert {name for body in BODIES.values() for name in re.findall(r"\$\w+", body)} <= mapped & set(FILLED)
    patterns = re.search(r'\$linli_instance \{\s+"~(\S+)"', COMMON)
    assert patterns
    instance = re.compile(patterns[1].replace("(?<", "(?P<"))
    assert instance.search("/api/v1/photos?x=1")["linli_path"] == "/api/v1/photos"  # type: ignore[index]
    for hostile in ('/a"b', "/a\\b", "/%22", "/ä", '/a","code":"x', "http://elsewhere/", "/a b", "*"):
        assert instance.search(hostile) is None, hostile


def size(limit: str) -> int:
    return int(limit.removesuffix("m")) * MEGABYTE


def test_it_lets_through_what_the_gateway_takes(app: Flask) -> None:
    outside, inside = re.findall(r"client_max_body_size (\w+);", SITE)
    limit = app.extensions["linli.gateway_settings"].max_upload
    assert limit < size(outside) < limit + 2 * MEGABYTE
    with app.test_request_context():
        form = app.url_for("pages.send_report", _external=False)
        assert guards.max_photo_form() < size(inside) < guards.max_photo_form() + 2 * MEGABYTE
    place = re.search(r"location = (\S+) \{[^}]*client_max_body_size", SITE)
    assert place and place[1] == form
    assert {"pages.send_report"} == guards.WITH_PHOTOS


def test_only_one_of_both_compresses() -> None:
    """The gateway is asked for plain answers, and for assets as the browser wants them."""
    assert "proxy_set_header Accept-Encoding $linli_wanted_encoding;" in SITE
    wanted = re.search(r"map \$uri \$linli_wanted_encoding \{\s+\"~(\S+)\" +\$linli_packed;\s+default +\"\";", COMMON)
    assert wanted and wanted[1] == "^/assets/"
    refusing, taking = re.findall(r'^    "~\*(gzip[^"]*)" +(\S+);', COMMON, re.MULTILINE)
    assert (refusing[1], taking[1]) == ('""', "gzip")
    for header in ("gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.2", "gzip;q=0.001", "gzip;q=0", "gzip;q=0.0, br", "br"):
        packed = not re.search(refusing[0], header) and bool(re.search(taking[0], header))
        assert packed is accepts_gzip(header), header
