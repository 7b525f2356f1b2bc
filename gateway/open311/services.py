"""Services: the categories of cases. They ask no questions of their own, so they have no attributes."""

from collections.abc import Mapping
from typing import Any

from gateway.calls import client
from gateway.http import current
from gateway.refusals.open311 import UnknownService

Json = dict[str, Any]


def name_of(names: Mapping[str, Any]) -> str:
    """The name in the language of the request."""
    return str(names.get(current.language()) or names["zh-CN"])


def list_services() -> list[Json]:
    """The categories in which a case can be reported. Those of the first level that have others below them are groups."""
    categories = client.public.cases.list_categories()["items"]
    by_code = {one["code"]: one for one in categories}
    parents = {one["parent"] for one in categories}
    return [_service(one, by_code.get(one["parent"] or "")) for one in categories if one["code"] not in parents]


def known_service(code: str) -> Json:
    """Raises UnknownService."""
    for service in list_services():
        if service["service_code"] == code:
            return service
    raise UnknownService()


def definition(code: str) -> Json:
    """Raises UnknownService."""
    return {"service_code": known_service(code)["service_code"], "attributes": []}


def _service(category: Mapping[str, Any], group: Mapping[str, Any] | None) -> Json:
    name = name_of(category["name"])
    return {
        "service_code": category["code"],
        "service_name": name,
        "description": f"{name_of(group['name'])} · {name}" if group else name,
        "metadata": False,
        "type": "realtime",
        "keywords": ",".join(dict.fromkeys(category["name"].values())),
        "group": name_of(group["name"]) if group else name,
    }
