"""The audit log, as a page and as a file."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext as _l

from gateway.operations import audit_log
from gateway.web import people, times
from gateway.web.admin import words
from gateway.web.admin.lists import AdminList, Column, Filter, day_start, joined, register
from gateway.web.labels import label
from gateway.web.service_calls import Json


def _address(entry: Json) -> str:
    if entry["kind"] == "staff":
        return url_for("pages.admin_staff_member", account_id=entry["subject_id"])
    if entry["kind"] == "system":
        return url_for("pages.admin_system", system_id=entry["subject_id"])
    return url_for("pages.admin_audit_log", kind=entry["kind"], subject_id=entry["subject_id"])


def _day_after(text: str) -> Any:
    """The end of a day, because `to` is included."""
    start = day_start(text)
    return start and start + timedelta(days=1)


def _account_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


register(
    AdminList(
        area="audit_log",
        title=_l("审计日志"),
        line=_l("谁在什么时候把什么改成了什么。记录不能修改或删除。"),
        columns=(
            Column(title=_l("时间"), text=lambda entry: f"{times.local(entry['at']):%Y-%m-%d %H:%M:%S}"),
            Column(title=_l("操作人"), text=words.actor),
            Column(
                title=_l("改动对象"), text=lambda entry: f"{label(words.KINDS, entry['kind'])} {entry['label']}", href=_address
            ),
            Column(title=_l("操作"), text=lambda entry: label(words.ACTIONS, entry["action"])),
            Column(title=_l("改动"), text=lambda entry: joined(words.changes(entry))),
        ),
        filters=(
            Filter(
                name="kind", title=_l("改动对象"), choices=lambda: [(code, label(words.KINDS, code)) for code in words.KINDS]
            ),
            Filter(name="actor_id", title=_l("操作人"), choices=lambda: people.staff_with_role("admin"), read=_account_id),
            Filter(name="start", title=_l("从"), kind="day", read=day_start),
            Filter(name="end", title=_l("到"), kind="day", read=_day_after),
            Filter(name="subject_id", title="", kind="hidden"),
        ),
        find=audit_log.list_entries,
        empty=_l("没有符合条件的记录。"),
    )
)
