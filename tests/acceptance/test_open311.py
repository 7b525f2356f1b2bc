"""Open311 clients that others wrote, unchanged, against a running district: georeport reads JSON and XML, civicbot reads and
writes."""

import re
import shlex
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
import requests
from civicbot.http import HttpError, HttpTransport, RateLimiter
from civicbot.open311 import Open311Client
from civicbot.registry import Endpoint
from georeport import GeoReport
from PIL import Image

from gateway.demo import COMMUNITY
from tests.e2e.conftest import Person, sign_in

PLACE = {"lat": 33.6178, "lng": 114.6496}
SECRETS = {"email": "wang@example.org", "first_name": "王", "last_name": "小明", "phone": "13900001111", "device_id": "d-77"}
ID = re.compile(r"[\w\-_]+", re.ASCII)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
ALWAYS = {"address", "address_id", "zipcode", "media_url"}


@pytest.fixture(scope="module")
def root(url: str) -> str:
    return f"{url}/open311/v2"


@pytest.fixture(scope="module")
def clerk(url: str) -> Person:
    return sign_in(url, "clerk")


@pytest.fixture(scope="module")
def key(url: str) -> str:
    admin = sign_in(url, "admin")
    system = admin.post("/systems", {"name": f"市民热线 {uuid4().hex[:6]}", "rights": ["cases:write"]})
    return str(admin.post(f"/systems/{system['id']}/keys", {"kind": "key"})["secret"])


@pytest.fixture(scope="module")
def robot(root: str) -> Open311Client:
    endpoint = Endpoint("linli", "Linli", root, write=True)
    return Open311Client(endpoint, HttpTransport(rate_limiter=RateLimiter(0)), jurisdiction_id=COMMUNITY)


@pytest.fixture(scope="module")
def post(root: str) -> Callable[..., requests.Response]:
    def send(files: Any = None, **form: Any) -> requests.Response:
        known = {
            "jurisdiction_id": COMMUNITY,
            "service_code": "facilities-light",
            "address_string": "六一路",
            "description": "灯坏了",
        }
        return requests.post(f"{root}/requests.json", data=known | form, files=files, timeout=20)

    return send


def get(root: str, path: str, **params: Any) -> requests.Response:
    return requests.get(f"{root}/{path}", params=params, timeout=15)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads(root: str, form: str) -> None:
    client = GeoReport(root, jurisdiction=COMMUNITY, output_format=form)
    services = client.get_service_list()
    assert {"facilities-light", "safety-ebike", "other"} <= {one["service_code"] for one in services}
    assert {one["metadata"] for one in services} == ({False} if form == "json" else {"false"})
    definition = client.get_service_definition("facilities-light")
    assert definition["service_code"] == "facilities-light" and not definition["attributes"]
    found = client.get_service_requests(status="open,closed")
    assert len(found) >= 3 and {one["status"] for one in found} == {"open", "closed"}
    for one in found:
        assert ID.fullmatch(one["service_request_id"]) and one.keys() >= ALWAYS
        assert TIME.fullmatch(one["requested_datetime"]) and TIME.fullmatch(one["updated_datetime"])
        assert client.get_service_request(one["service_request_id"]) == one
    closed = client.get_service_requests(status="closed", service_code="facilities-road,facilities-light")
    settled = closed[0] if isinstance(closed, list) else closed
    assert settled["status_notes"] == "已铺平破损路面并疏通雨水口。"


def test_civicbot_reads_and_writes(robot: Open311Client, key: str, clerk: Person) -> None:
    sent = robot.create_request(
        "facilities-light",
        dry_run=False,
        confirm="SEND",
        api_key=key,
        validate_remote=True,
        address_string="六一路 3 号楼",
        description="路灯不亮",
        **PLACE,
        **SECRETS,
    )
    (answer,) = sent.response
    assert "token" not in answer and ID.fullmatch(answer["service_request_id"])
    case_id = answer["service_request_id"]
    one = robot.get_request(case_id)
    assert one is not None
    assert (one["status"], one["description"], one["address"]) == ("open", "路灯不亮", "六一路 3 号楼")
    assert (one["lat"], one["long"]) == (PLACE["lat"], PLACE["lng"])
    assert robot.get_token(case_id) == [{"service_request_id": case_id, "token": case_id}]
    assert [listed["service_request_id"] for listed in robot.list_requests(service_request_ids=[case_id])] == [case_id]
    clerk.post(f"/cases/{case_id}/accept", {"note": "内部备注"})
    clerk.post(f"/cases/{case_id}/decline", {"reason": "重复"})
    one = robot.get_request(case_id)
    assert one is not None and (one["status"], one["description"], one["address"]) == ("closed", None, None)
    assert not any(secret in str(one) for secret in SECRETS.values())
    with pytest.raises(HttpError) as missing:
        robot.get_request(str(uuid4()))
    assert missing.value.status == 404


def test_a_visitor_reports_without_a_key_and_words_wait_for_the_clerk(
    root: str, post: Callable[..., requests.Response], clerk: Person
) -> None:
    picture = BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "JPEG")
    answer = post(files={"media": ("灯.jpg", picture.getvalue(), "image/jpeg")}, email="wang@example.org")
    assert answer.status_code == 200, answer.text
    (made,) = answer.json()
    assert made["service_notice"] and "token" not in made
    path = f"requests/{made['service_request_id']}.json"
    assert [get(root, path).json()[0][name] for name in ("description", "address", "media_url")] == [None] * 3
    clerk.post(f"/cases/{made['service_request_id']}/accept", {})
    one = get(root, path).json()[0]
    assert (one["description"], one["address"]) == ("灯坏了", "六一路")
    shown = requests.get(one["media_url"], timeout=10)
    assert shown.ok and Image.open(BytesIO(shown.content)).size == (64, 48)
    clerk.post(f"/cases/{made['service_request_id']}/decline", {"reason": "重复"})
    assert requests.get(one["media_url"], timeout=10).status_code == 404
    number, code = re.findall(r"[A-Za-z0-9\-_]{6,}", made["service_notice"])
    looked_up = Person(root.removesuffix("/open311/v2")).post("/cases/lookup", {"number": number, "token": code})
    assert looked_up["state"] == "declined", "the reporter follows it by number and code"


def test_private_cases_are_not_there(root: str, url: str) -> None:
    wang = sign_in(url, "wang")
    case = wang.post(
        "/cases", {"channel": "suggestion_box", "category": "facilities-light", "text": "意见", "anonymous": False}
    )["case"]
    assert get(root, f"requests/{case['id']}.json").status_code == 404
    assert get(root, f"tokens/{case['id']}.json").status_code == 404
    assert case["id"] not in get(root, "requests.json").text + get(root, "servicerequestupdates.json").text


def test_updates(root: str, robot: Open311Client, key: str, clerk: Person, url: str) -> None:
    sent = robot.create_request(
        "facilities-light", dry_run=False, confirm="SEND", api_key=key, address_string="六一路", description="路灯又不亮"
    )
    case_id = sent.response[0]["service_request_id"]
    update = {"api_key": key, "service_request_id": case_id, "status": "CLOSED", "description": "市民确认"}

    def send(**over: Any) -> requests.Response:
        return requests.post(f"{root}/servicerequestupdates.xml", data=update | over, timeout=15)

    assert send().status_code == 400, "it is not settled yet"
    clerk.post(f"/cases/{case_id}/accept", {"note": "内部备注"})
    departments = clerk.get("/departments")["items"]
    clerk.post(f"/cases/{case_id}/dispatch", {"department_id": departments[0]["id"]})
    clerk.post(f"/cases/{case_id}/settle", {"settlement": "已换灯"})
    assert send(status="IN_PROGRESS").status_code == 400
    assert send(api_key="").status_code == 403
    assert send(service_request_id=str(uuid4())).status_code == 404
    done = send()
    assert done.status_code == 200 and done.headers["Content-Type"] == "text/xml; charset=utf-8"
    update_id = ElementTree.fromstring(done.content).findtext("request_update/update_id")  # noqa: S314  our own answer
    listed = get(root, "servicerequestupdates.json", service_request_id=case_id).json()
    assert [(one["status"], one["description"]) for one in listed] == [
        ("OPEN", None),
        ("INVESTIGATING", None),
        ("IN_PROGRESS", None),
        ("FIXED", "已换灯"),
        ("CLOSED", None),
    ]
    assert listed[-1]["update_id"] == update_id and "内部" not in str(listed) and "市民确认" not in str(listed)
    in_time = get(root, "servicerequestupdates.json", start_date=listed[0]["updated_datetime"], page_size=2).json()
    assert len(in_time) == 2


def test_filters_and_paging(root: str) -> None:
    everything = get(root, "requests.json").json()
    assert get(root, "requests.json", status="", service_code="", start_date="", page="").json() == everything
    pages = [get(root, "requests.json", page=page, page_size=1).json() for page in (1, 2)]
    assert [page[0] for page in pages] == everything[:2]
    named = [one["service_request_id"] for one in everything[:2]]
    override = get(
        root,
        "requests.json",
        service_request_id=",".join([*named, "nothing"]),
        status="closed",
        start_date="2001-01-01T00:00:00Z",
    )
    assert {one["service_request_id"] for one in override.json()} == set(named)
    assert get(root, "requests.json", service_request_id="nothing").json() == []
    since = datetime.now(UTC) - timedelta(days=2)
    for given in (since.strftime("%Y-%m-%d %H:%M:%S+00:00"), since.strftime("%Y-%m-%dT%H:%M:%SZ")):
        changed = get(root, "requests.json", updated_after=given).json()
        assert 0 < len(changed) < len(everything) + 1
        assert all(datetime.fromisoformat(one["updated_datetime"]) >= since.replace(microsecond=0) for one in changed)
    raw = requests.get(f"{root}/requests.json?updated_after=2026-01-05 00:00:00+08:00", timeout=15)
    assert raw.status_code == 200, "a plus sign that was not escaped is a space"
    one = get(root, "requests.json", extensions="true", page_size=1).json()[0]
    assert one["jurisdiction_id"] and one["extended_attributes"]["number"]
    assert get(root, "requests.json", jurisdiction_id="yuxin").json() == []


def test_discovery(root: str) -> None:
    for path in (f"{root}/discovery.json", root.replace("/v2", "/discovery.json")):
        about = requests.get(path, timeout=15).json()
        assert about["endpoints"][0]["url"] == root and about["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    document = ElementTree.fromstring(get(root, "discovery.xml").content)  # noqa: S314  our own answer
    assert document.findtext("endpoints/endpoint/url") == root
    assert document.findtext("endpoints/endpoint/formats/format") == "text/xml"


@pytest.mark.parametrize(
    ("path", "params", "status", "names"),
    [
        ("requests/nothing", {}, 404, "service_request_id"),
        ("services/nothing", {}, 404, "service_code"),
        ("tokens/nothing", {}, 404, "service_request_id"),
        ("requests", {"jurisdiction_id": "atlantis"}, 404, "jurisdiction_id"),
        ("requests", {"api_key": "lk_wrong"}, 403, "key"),
        ("requests", {"start_date": "yesterday"}, 400, "start_date"),
        ("requests", {"start_date": "2026-01-05T00:00:00"}, 400, "start_date"),
        ("requests", {"start_date": "2026-01-05T00:00:00Z", "end_date": "2026-10-05T00:00:00Z"}, 400, "end_date"),
        ("requests", {"start_date": "2026-01-05T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}, 400, "end_date"),
        ("requests", {"status": "broken"}, 400, "status"),
        ("requests", {"page": "0"}, 400, "page"),
        ("requests", {"page_size": "1" * 30}, 400, "page_size"),
        ("requests", {"service_code": "a b"}, 400, "service_code"),
        ("nowhere", {}, 404, "not_found"),
    ],
)
def test_errors_are_lists_in_both_formats(root: str, path: str, params: dict[str, str], status: int, names: str) -> None:
    answer = get(root, f"{path}.json", **params)
    (error,) = answer.json()
    assert (answer.status_code, error["code"]) == (status, status) and names in error["description"]
    answer = get(root, f"{path}.xml", **params)
    assert answer.status_code == status and answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    document = ElementTree.fromstring(answer.content)  # noqa: S314  our own answer
    assert document.tag == "errors" and document.findtext("error/code") == str(status)


@pytest.mark.parametrize(
    ("form", "status", "names"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "nothing"}, 404, "service_code"),
        ({"description": " "}, 400, "description"),
        ({"description": "长" * 4001}, 400, "description"),
        ({"address_string": ""}, 400, "address_string"),
        ({"address_string": "", "address_id": "77"}, 400, "address_id"),
        ({"lat": "33.6"}, 400, "long"),
        ({"lat": "x", "long": "114"}, 400, "lat"),
        ({"lat": "10", "long": "10"}, 400, "lat, long"),
        ({"attribute[SIZE]": "1"}, 400, "attribute[SIZE]"),
        ({"attribute[SIZE][]": ["1", "2"]}, 400, "attribute[SIZE]"),
        ({"media_url": "http://127.0.0.1/x.jpg"}, 400, "media_url"),
        ({"media_url": ["http://[::1]/x.jpg", "http://10.0.0.1/"]}, 400, "media_url"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"api_key": "wrong"}, 403, ""),
        ({"jurisdiction_id": ""}, 400, "jurisdiction_id"),
        ({"jurisdiction_id": "atlantis"}, 404, "jurisdiction_id"),
    ],
)
def test_a_bad_report_is_refused_and_nothing_is_made(
    root: str, post: Callable[..., requests.Response], form: dict[str, Any], status: int, names: str
) -> None:
    before = len(get(root, "requests.json").json())
    answer = post(**form)
    assert answer.status_code == status, answer.text
    assert names in answer.json()[0]["description"]
    assert len(get(root, "requests.json").json()) == before


def test_an_empty_attribute_counts_as_absent(post: Callable[..., requests.Response]) -> None:
    assert post(**{"attribute[SIZE]": "", "media_url": "", "lat": "", "long": ""}).status_code == 200


def test_a_cookie_means_nothing_and_a_body_that_is_no_form_is_refused(root: str, url: str) -> None:
    browser = requests.Session()
    signed_in = browser.post(
        f"{url}/api/v1/auth/sessions", json={"username": "clerk", "password": "linli-demo", "cookie": True}, timeout=15
    )
    assert signed_in.ok
    form = {"jurisdiction_id": COMMUNITY, "service_code": "other", "address_string": "六一路", "description": "没有署名"}
    made = browser.post(f"{root}/requests.json", data=form, timeout=15)
    assert made.ok and "查询码" in made.json()[0]["service_notice"], "the report of a visitor"
    refused = requests.post(f"{root}/requests.json", json=form, timeout=15)
    assert refused.status_code == 400 and refused.json()[0]["code"] == 400
    assert requests.put(f"{root}/requests.json", timeout=15).json()[0]["code"] == 405


def curls() -> list[str]:
    guide = Path(__file__).parents[2] / "docs/open311.md"
    return [line.strip() for line in guide.read_text().splitlines() if line.startswith("    curl ")]


@pytest.mark.parametrize("command", curls())
def test_the_examples_of_the_guide_work(url: str, command: str) -> None:
    words = shlex.split(command.replace("http://localhost:8000", url))
    done = subprocess.run([*words, "--fail", "--silent"], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0 and done.stdout, done.stdout
