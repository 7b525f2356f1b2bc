"""The audit log. Only for admins."""

from typing import Any

from gateway.api.access import staff
from gateway.api.resource import Resource
from gateway.audit.interface import ENTRIES, ListEntries
from gateway.operations import audit_log as log

audit_log = Resource("audit-log", "审计日志 · Who changed what")


@audit_log.get(
    "/audit-log",
    "List changes by admins and operators",
    query=ListEntries(),
    answer=ENTRIES,
    needs=staff("admin"),
    description="The newest first: changes of staff, API keys and the directory in the communities in which you work.",
)
def list_audit_log(query: dict[str, Any]) -> dict[str, Any]:
    return log.list_entries(**query)
