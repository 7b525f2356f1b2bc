"""Filters, globals and variables of all templates, and the area of a page."""

from datetime import datetime
from typing import Any

from flask import Flask, request
from flask_babel import gettext

from chassis.database.engine import DATABASE_AWAY
from chassis.rpc.refusal import InvalidField
from gateway.directory.known import Known
from gateway.http import community, current, kept_copies, second_factor
from gateway.operations import live_settings, search
from gateway.web import desk_areas, facts, fair_opening, forms, guards, labels, limit_words, opening_hours, places, times
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
    "take_desk_step": "desk-cases",
    "desk_bookings": "desk-bookings",
    "book_for_resident": "desk-bookings",
    "desk_equipment_at": "desk-bookings",
    "print_bookings": "desk-bookings",
    "desk_move": "desk-bookings",
    "send_desk_move": "desk-bookings",
    "desk_week": "desk-bookings",
    "desk_weeks": "desk-bookings",
    "desk_requests": "desk-bookings",
    "desk_new_block": "desk-bookings",
    "desk_lotteries": "desk-bookings",
    "desk_lottery": "desk-bookings",
    "enter_resident": "desk-bookings",
    "desk_block": "desk-bookings",
    "desk_blocked": "desk-bookings",
    "desk_check_in": "desk-bookings",
    "desk_door_codes": "desk-bookings",
    "reveal_door_codes": "desk-bookings",
    "reveal_door_code": "desk-bookings",
    "check_in_scanned": "desk-bookings",
    "desk_walk_in": "desk-bookings",
    "desk_appeals": "desk-bookings",
    "let_in": "desk-bookings",
    "at_door": "mine",
    "walk_in_at_door": "mine",
    "desk_equipment": "desk-bookings",
    "desk_residents": "desk-residents",
    "desk_resident": "desk-residents",
    "find_residents": "desk-residents",
    "add_resident": "desk-residents",
    "change_resident": "desk-residents",
    "desk_account": "desk-residents",
    "record_consent": "desk-residents",
    "record_withdrawal": "desk-residents",
    "move_resident": "desk-residents",
    "erase_resident": "desk-residents",
    "who_looked": "mine",
    "household": "mine",
    "add_child": "mine",
    "invite_to_household": "mine",
    "join_household": "mine",
    "family": "desk-residents",
    "family_search": "desk-residents",
    "desk_doubles": "desk-residents",
    "desk_merge": "desk-residents",
    "devices": "mine",
    "phones_of_mine": "mine",
    "send_phone_code": "mine",
    "add_phone": "mine",
    "add_contact_phone": "mine",
    "desk_phones": "desk-residents",
    "send_resident_code": "desk-residents",
    "add_resident_phone": "desk-residents",
    "add_relative_phone": "desk-residents",
    "choose_reminders_of": "desk-residents",
    "own_data": "mine",
    "home_community": "mine",
    "consent": "mine",
    "factors": "mine",
    "set_up_totp": "mine",
    "leave": "mine",
    "add_leave": "mine",
    "desk_events": "desk-events",
    "desk_event": "desk-events",
    "new_club_event": "desk-events",
    "draft_club_event": "desk-events",
    "cancel_club_event": "desk-events",
    "edit_club_event": "desk-events",
    "send_club_event_texts": "desk-events",
    "move_session": "desk-events",
    "send_session_move": "desk-events",
    "send_booking": "spaces",
    "send_series": "spaces",
    "series": "mine",
    "list_series": "mine",
    "change_series": "mine",
    "desk_series": "desk-bookings",
    "desk_statistics": "desk-statistics",
    "desk_questions": "desk-bookings",
    "lotteries": "spaces",
    "lottery": "spaces",
    "enter_lottery": "spaces",
    "ticket_queues": "spaces",
    "ticket_queue": "spaces",
    "ticket": "mine",
    "desk_counters": "desk-counters",
    "call_board": "desk-counters",
    "queue_figures": "desk-counters",
    "wait": "mine",
    "ask_for_earlier": "mine",
    "wait_for_space": "spaces",
    "send_wait": "spaces",
    "desk_waits": "desk-bookings",
    "desk_refused": "desk-bookings",
    "my_refused": "mine",
    "my_bookings": "mine",
    "refused_attempt": "mine",
    "why": "spaces",
    "desk_wait": "desk-bookings",
    "send_report": "report",
    "receipt": "report",
    "move_booking": "mine",
    "send_move": "mine",
}


def install(app: Flask) -> None:
    env = app.jinja_env
    env.filters.update(
        label=labels.label,
        localized=labels.localized,
        fact_label=facts.fact_label,
        fact_value=facts.fact_value,
        moment=times.moment,
        moment_to_second=times.moment_to_second,
        stamp=times.stamp,
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
        full_month=times.full_month,
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
        left_of=limit_words.left_of,
        opening_lines=fair_opening.opening_lines,
        share_text=fair_opening.share_text,
        new_key=forms.new_key,
        version_to_show=forms.version_to_show,
        kept_as_of=kept_copies.as_of,
        page_moment=times.now,
        page_now=lambda: times.stamp(times.now()),
        page_zone=lambda: times.zone().key,
        centre_name=centre_name,
        by_sub_district=places.by_sub_district,
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
        "notices": _notices(),
        "second_factor_from": _second_factor_from(),
        "area": area(request.endpoint),
        "desk_areas": desk_areas.of(me),
        "desk_search": search.may_search(me),
        "desk_new": lambda code: desk_areas.new_address(code, me),
        "today": times.today(),
        "problem_id": current.correlation_id(),
    }


def _notices() -> list[Any]:
    """None on error pages while the directory cannot be read."""
    try:
        return live_settings.notices()
    except (*DATABASE_AWAY, InvalidField):
        return []


def _second_factor_from() -> datetime | None:
    """The moment, if it is still to come, from which the reader, who has no second factor, needs one. Not on the page where it
    is set up, which says more, and not on error pages while the directory cannot be read."""
    if request.endpoint == "pages.factors":
        return None
    try:
        since = second_factor.needed_from()
    except DATABASE_AWAY:
        return None
    return since if since is not None and since > current.now() else None


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
