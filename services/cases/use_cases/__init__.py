"""One plain function for every verb of the service. They take a Call, change what the rules allow, and never commit."""

from services.cases.use_cases.handling import (
    accept_case,
    close_case,
    decline_case,
    dispatch_case,
    reopen_case,
    return_case,
    settle_case,
)
from services.cases.use_cases.reading import (
    find_photos,
    get_case,
    get_case_history,
    list_cases,
    list_categories,
    list_channels,
    list_departments,
    list_grids,
    look_up_case,
)
from services.cases.use_cases.reporting import Report, report_case

__all__ = [
    "Report",
    "accept_case",
    "close_case",
    "decline_case",
    "dispatch_case",
    "find_photos",
    "get_case",
    "get_case_history",
    "list_cases",
    "list_categories",
    "list_channels",
    "list_departments",
    "list_grids",
    "look_up_case",
    "reopen_case",
    "report_case",
    "return_case",
    "settle_case",
]
