"""Filters, globals and variables of all templates, and the areas of the navigation."""

from typing import Any

from flask import Flask, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from chassis.rpc.identity import Identity
from gateway.directory.known import Known
from gateway.http import community, current, kept_copies
from gateway.web import facts, forms, guards, labels, opening_hours, times
from gateway.web.admin import words as admin_words
from services.cases.interface.cases import Case

LARGE_TYPE = "linli_large_type"
AREAS = {
    "home": "home",
    "space": "spaces",
    "spaces": "spaces",
    "book": "spaces",
    "booking": "mine",
    "report_case": "report",
    "club_events": "events",
    "club_event": "events",
    "clubs": "events",
    "mine": "mine",
    "notifications": "mine",
    "case": "mine",
    "desk_cases": "desk-cases",
    "desk_case": "desk-cases",
    "take_step": "desk-cases",
    "desk_bookings": "desk-bookings",
    "book_for_resident": "desk-bookings",
    "desk_residents": "desk-residents",
    "desk_resident": "desk-residents",
    "find_residents": "desk-residents",
    "add_resident": "desk-residents",
    "change_resident": "desk-residents",
    "who_looked": "mine",
    "devices": "mine",
    "desk_events": "desk-events",
    "desk_event": "desk-events",
    "new_club_event": "desk-events",
    "draft_club_event": "desk-events",
    "send_booking": "spaces",
    "send_report": "report",
    "receipt": "report",
    "move_booking": "mine",
    "send_move": "mine",
}
# Areas of the desk: code, first page, name, and the roles that work there.
DESK = (
    ("desk-cases", "pages.desk_cases", _l("事项"), ("clerk", "grid_worker", "handler", "mediator", "supervisor")),
    ("desk-bookings", "pages.desk_bookings", _l("预约"), ("clerk", "grid_worker", "organiser", "supervisor")),
    ("desk-events", "pages.desk_events", _l("活动"), ("organiser", "supervisor", "clerk")),
    ("desk-residents", "pages.desk_residents", _l("居民"), ("clerk", "grid_worker")),
    ("admin", "pages.admin", _l("管理"), ("admin",)),
)


def install(app: Flask) -> None:
    env = app.jinja_env
    env.filters.update(
        label=labels.label,
        localized=labels.localized,
        fact_label=facts.fact_label,
        fact_value=facts.fact_value,
        moment=times.moment,
        span=times.span,
        hours=times.hours,
        duration=times.duration,
        minutes=times.minutes,
        day_name=times.day_name,
        full_date=times.full_date,
        clock_time=times.clock_time,
        weekday=times.weekday,
        short_day=times.short_day,
        short_month=times.short_month,
        local=times.local,
        weekly=opening_hours.weekly,
    )
    env.globals.update(
        labels.WORDS,
        CASE=Case,
        ADMIN_WORDS=admin_words,
        audit_changes=admin_words.changes,
        audit_actor=admin_words.actor,
        tones=labels.TONES,
        new_key=forms.new_key,
        version_to_show=forms.version_to_show,
        kept_as_of=kept_copies.as_of,
        centre_name=centre_name,
    )
    app.context_processor(context)


def context() -> dict[str, Any]:
    """Template variables of the current request."""
    me = current.identity()
    return {
        "me": me,
        "community": community.of_request(),
        "can_choose_community": community.can_be_chosen(),
        "can": me.has_role,
        "language": current.language(),
        "large_type": request.cookies.get(LARGE_TYPE) == "on",
        "current_address": guards.current_address(),
        "area": area(request.endpoint),
        "desk_areas": desk_areas(me),
        "today": times.today(),
        "problem_id": current.correlation_id(),
    }


def centre_name(known: Known | None) -> str:
    """六一社区党群服务中心 / Liuyi community service centre. Without a community, the name of the platform."""
    if known is None:
        return str(gettext("社区党群服务中心"))
    return str(gettext("%(community)s党群服务中心", community=labels.localized(known.name)))


def area(endpoint: str | None) -> str:
    """The entry of the navigation that the page belongs to."""
    name = (endpoint or "").removeprefix("pages.")
    if name.startswith("admin"):
        return "admin"
    return AREAS.get(name, "")


def desk_areas(me: Identity) -> list[tuple[str, str, str]]:
    """The areas of the desk that this member of staff works in: code, endpoint, name."""
    if me.party != "staff":
        return []
    return [(code, endpoint, str(name)) for code, endpoint, name, roles in DESK if me.has_role(*roles)]


def first_desk(me: Identity) -> str | None:
    """The address of the first area of this member of staff. None for residents."""
    areas = desk_areas(me)
    return url_for(areas[0][1]) if areas else None
