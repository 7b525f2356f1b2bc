"""The rows that a request chose. Each function raises InvalidField (code `unknown`) if no such row is in use."""

from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN
from services.cases.interface.refusals import DEPARTMENT_ELSEWHERE
from services.cases.reference import storage
from services.cases.reference.models import Category, Channel, Department, Grid


def chosen_channel(call: Call, code: str) -> Channel:
    if (channel := storage.find_channel(call.session, code)) is None:
        raise InvalidField(UNKNOWN, "channel")
    return channel


def chosen_category(call: Call, code: str) -> Category:
    if (category := storage.find_category(call.session, code)) is None:
        raise InvalidField(UNKNOWN, "category")
    return category


def chosen_department(call: Call, department_id: UUID, community_id: str) -> Department:
    """A department that settles cases of the community. Raises InvalidField (code `department_elsewhere`) for another one."""
    if (department := storage.find_department(call.session, department_id)) is None:
        raise InvalidField(UNKNOWN, "department_id")
    if not department.works_in(community_id):
        raise InvalidField(DEPARTMENT_ELSEWHERE, "department_id")
    return department


def chosen_grid(call: Call, grid_id: str) -> Grid:
    """A grid of the caller's community."""
    if (grid := storage.find_grid(call.session, grid_id, call.community_id)) is None:
        raise InvalidField(UNKNOWN, "grid_id")
    return grid
