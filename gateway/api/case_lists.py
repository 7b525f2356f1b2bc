"""What a report of a case chooses from: channels, categories, departments, grids."""

from typing import Any

from gateway.api.access import ANY_STAFF
from gateway.api.resource import Resource
from gateway.api.schemas.cases import CATEGORIES, CHANNELS, DEPARTMENTS, GRIDS
from gateway.calls import cache, calls
from gateway.calls.public_reads import public_call

case_lists = Resource("case-lists", "渠道、类别、承办单位、网格 · What a report chooses from")


@case_lists.get("/channels", "List the channels a case may come in through", answer=CHANNELS)
def list_channels() -> dict[str, Any]:
    return public_call("cases", "list_channels", {}, tag=cache.CASE_LISTS)


@case_lists.get("/categories", "List what a case may be about", answer=CATEGORIES)
def list_categories() -> dict[str, Any]:
    return public_call("cases", "list_categories", {}, tag=cache.CASE_LISTS)


@case_lists.get("/grids", "List the grids", answer=GRIDS)
def list_grids() -> dict[str, Any]:
    return public_call("cases", "list_grids", {}, tag=cache.CASE_LISTS)


@case_lists.get("/departments", "List who may be asked to settle a case", answer=DEPARTMENTS, needs=ANY_STAFF)
def list_departments() -> dict[str, Any]:
    return calls.call("cases", "list_departments", {})
