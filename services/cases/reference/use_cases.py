"""Lists of reference data, for everybody. Each is in the operator's order and leaves out rows that are not in use."""

from collections.abc import Sequence

from chassis.rpc.call import Call
from services.cases.reference import storage
from services.cases.reference.models import Category, Channel, Department, Grid


def list_channels(call: Call) -> Sequence[Channel]:
    return storage.list_channels(call.session)


def list_categories(call: Call) -> Sequence[Category]:
    return storage.list_categories(call.session)


def list_departments(call: Call) -> Sequence[Department]:
    """The departments that settle cases of the communities that the caller looks at."""
    return storage.list_departments(call.session, call.communities)


def list_grids(call: Call) -> Sequence[Grid]:
    """The grids of the communities that the caller looks at."""
    return storage.list_grids(call.session, call.communities)
