"""The lists for a report of a case: channels, categories, departments, grids."""

from gateway.api.access import ANY_STAFF
from gateway.api.resource import Resource
from services.cases.interface.reference import LIST_CATEGORIES, LIST_CHANNELS, LIST_DEPARTMENTS, LIST_GRIDS

case_lists = Resource("case-lists", "渠道、类别、承办单位、网格 · Lists for a report")

case_lists.expose(LIST_CHANNELS, "GET /channels", cached=True)
case_lists.expose(LIST_CATEGORIES, "GET /categories", cached=True)
case_lists.expose(LIST_GRIDS, "GET /grids", cached=True, of_community=True)
case_lists.expose(LIST_DEPARTMENTS, "GET /departments", who=ANY_STAFF)
