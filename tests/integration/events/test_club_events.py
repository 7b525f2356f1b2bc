"""Drafting, revising, publishing, calling off, and what is on."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from marshmallow import ValidationError
from sqlalchemy import event

from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated, VersionMismatch
from services.events.interface.refusals import AlreadyCancelled, AlreadyOver, NotDraft, SessionInPast
from tests.integration.events.conftest import NOW, ORGANISER, VISITOR, Centre, resident, sitting, staff


def ids(listed: dict[str, object]) -> list[str]:
    return [item["id"] for item in listed["items"]]  # type: ignore[attr-defined]


def test_a_draft_is_seen_by_staff_only_and_announces_nothing(centre: Centre) -> None:
    drafted = centre.draft()
    assert (drafted["state"], drafted["version"], drafted["published_at"]) == ("draft", 1, None)
    assert drafted["audience"] == "everyone"
    for who in (VISITOR, resident("wang"), staff("handler"), staff("organiser", "another")):
        with pytest.raises(NotFound):
            centre.ask(who, "get_club_event", club_event_id=drafted["id"])
        assert ids(centre.ask(who, "list_club_events", community_id="liuyi")) == []
        assert ids(centre.ask(who, "list_club_events", community_id="liuyi", state="draft")) == []
    for role in ("organiser", "clerk", "supervisor"):
        assert centre.ask(staff(role), "get_club_event", club_event_id=drafted["id"]) == drafted
        assert ids(centre.ask(staff(role), "list_club_events")) == [drafted["id"]]
    assert centre.published() == []


def test_only_an_organiser_of_the_community_drafts(centre: Centre) -> None:
    club = {"club_id": centre.club_id}
    for who, refusal in ((VISITOR, Unauthenticated), (resident("wang"), Forbidden), (staff("clerk"), Forbidden)):
        with pytest.raises(refusal):
            draft_as(centre, who, **club)
    with pytest.raises(NotFound):
        draft_as(centre, staff("organiser", "another"), **club)
    with pytest.raises(NotFound):
        draft_as(centre, ORGANISER, club_id=str(uuid4()))


def draft_as(centre: Centre, who: object, **more: object) -> None:
    content = {
        "section": "smart",
        "title": {"zh-CN": "讲座"},
        "description": {"zh-CN": "…"},
        "location": "一楼",
        "sessions": [sitting()],
    }
    centre.ask(who, "draft_club_event", **{**content, **more})  # type: ignore[arg-type]


def test_a_draft_is_revised_field_by_field(centre: Centre) -> None:
    drafted = centre.draft()
    revised = centre.ask(
        ORGANISER,
        "revise_club_event",
        club_event_id=drafted["id"],
        expected_version=1,
        title={"zh-CN": "羽毛球"},
        audience="elders",
    )
    assert (revised["title"], revised["audience"], revised["version"]) == ({"zh-CN": "羽毛球"}, "elders", 2)
    assert revised["sessions"] == drafted["sessions"]
    assert revised["location"] == drafted["location"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("section", "elders"),
        ("title", {"zh-CN": "羽毛球", "en": "Badminton"}),
        ("description", {"zh-CN": "新手也来"}),
        ("location", "二楼"),
        ("space_id", "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10"),
        ("audience", "women"),
    ],
)
def test_a_revision_changes_nothing_else(centre: Centre, field: str, value: object) -> None:
    drafted = centre.draft(space_id=str(uuid4()), audience="elders")
    revised = centre.ask(ORGANISER, "revise_club_event", club_event_id=drafted["id"], **{field: value})
    sessions = drafted["sessions"]
    if field in ("location", "space_id"):  # they are where the club event is
        sessions = [session | {field: value} for session in sessions]
    assert revised == drafted | {field: value, "version": 2, "sessions": sessions}
    assert centre.ask(ORGANISER, "get_club_event", club_event_id=drafted["id"]) == revised


def test_a_draft_moves_to_another_club_of_the_same_community_only(centre: Centre) -> None:
    drafted = centre.draft()
    near, far = centre.add_club("badminton"), centre.add_club("badminton", community_id="another")
    for who, club_id in ((ORGANISER, far), (staff("organiser", None), far), (ORGANISER, str(uuid4()))):
        with pytest.raises(NotFound):
            centre.ask(who, "revise_club_event", club_event_id=drafted["id"], club_id=club_id)
    revised = centre.ask(ORGANISER, "revise_club_event", club_event_id=drafted["id"], club_id=near)
    assert revised == drafted | {"club_id": near, "club_name": {"zh-CN": "badminton"}, "version": 2}


TURNED = "\u202e乒乓\u2066球\u2069\u202c"


def test_bidirectional_controls_are_never_stored_or_published(centre: Centre) -> None:
    texts = {"title": {"zh-CN": TURNED, "en": TURNED}, "description": {"zh-CN": TURNED}, "location": TURNED}
    plain = {"title": {"zh-CN": "乒乓球", "en": "乒乓球"}, "description": {"zh-CN": "乒乓球"}, "location": "乒乓球"}
    drafted = centre.draft(**texts)
    revised = centre.ask(ORGANISER, "revise_club_event", club_event_id=centre.draft()["id"], **texts)
    for club_event in (drafted, revised):
        assert {name: club_event[name] for name in plain} == plain
        centre.ask(ORGANISER, "publish_club_event", club_event_id=club_event["id"])
        off = centre.ask(ORGANISER, "cancel_club_event", club_event_id=club_event["id"], reason=TURNED)
        assert off["cancel_reason"] == "乒乓球"
    stored = [*centre.rows("SELECT * FROM club_event"), *centre.rows("SELECT data FROM outbox")]
    assert len(stored) == 6
    assert re.findall(r"u202[a-e]|u206[6-9]", ascii(stored)) == []


def test_revised_sessions_replace_those_there_were(centre: Centre) -> None:
    drafted = centre.draft(sitting(), sitting(timedelta(days=3)))
    change = {"club_event_id": drafted["id"], "sessions": [sitting(timedelta(days=9), capacity=5)]}
    revised = centre.ask(ORGANISER, "revise_club_event", **change)
    assert [session["capacity"] for session in revised["sessions"]] == [5]
    assert len(centre.rows("SELECT id FROM club_session")) == 1
    assert ids(centre.ask(ORGANISER, "list_club_events", **{"from": (NOW + timedelta(days=8)).isoformat()})) == [drafted["id"]]


def test_what_is_published_cannot_be_revised_or_published_again(centre: Centre) -> None:
    published = centre.publish()
    with pytest.raises(NotDraft):
        centre.ask(ORGANISER, "revise_club_event", club_event_id=published["id"], location="二楼")
    with pytest.raises(NotDraft):
        centre.ask(ORGANISER, "publish_club_event", club_event_id=published["id"])
    with pytest.raises(VersionMismatch):
        centre.ask(ORGANISER, "publish_club_event", club_event_id=published["id"], expected_version=1)


def test_publishing_shows_it_to_everybody_and_announces_it(centre: Centre) -> None:
    published = centre.publish()
    assert (published["state"], published["version"], published["published_at"]) == ("published", 2, NOW.isoformat())
    assert centre.published() == [("club_event.published.v1", 2)]
    assert centre.ask(VISITOR, "get_club_event", club_event_id=published["id"]) == published
    assert published["club_name"] == {"zh-CN": "乒乓球社", "en": "Table tennis club"}


def test_who_may_see_but_not_change_is_told_so(centre: Centre) -> None:
    published = centre.publish()
    for who, refusal in ((VISITOR, Unauthenticated), (resident("wang"), Forbidden), (staff("clerk"), Forbidden)):
        with pytest.raises(refusal):
            centre.ask(who, "cancel_club_event", club_event_id=published["id"], reason="下雨")


def test_a_draft_that_lay_too_long_is_not_published(centre: Centre) -> None:
    drafted = centre.draft()
    with pytest.raises(SessionInPast):
        centre.ask(ORGANISER, "publish_club_event", now=NOW + timedelta(days=3), club_event_id=drafted["id"])


@pytest.mark.parametrize(
    "session",
    [sitting(timedelta(hours=-1)), sitting(registration_closes_at=(NOW - timedelta(hours=1)).isoformat())],
)
def test_sessions_and_their_registration_lie_ahead(centre: Centre, session: dict[str, object]) -> None:
    with pytest.raises(SessionInPast):
        centre.draft(session)


@pytest.mark.parametrize(
    ("field", "session"),
    [
        ("ends_at", sitting(hours=-1)),
        ("ends_at", sitting(hours=25)),
        ("capacity", sitting(capacity=0)),
        ("registration_closes_at", sitting(registration_closes_at=(NOW + timedelta(days=3)).isoformat())),
        ("registration_opens_at", sitting(registration_opens_at=(NOW + timedelta(days=2)).isoformat())),
        ("starts_at", sitting() | {"starts_at": "2026-03-04T09:00:00"}),
        ("starts_at", sitting() | {"starts_at": "0001-01-01T00:00:00+00:00"}),
        ("seats", sitting(seats=3)),
    ],
)
def test_a_session_that_makes_no_sense_is_refused_by_field(centre: Centre, field: str, session: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as error:
        centre.draft(session)
    assert list(error.value.messages["sessions"][0]) == [field]  # type: ignore[call-overload,index]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": {"en": "no Chinese"}},
        {"title": {"zh-CN": "题", "fr": "non"}},
        {"title": {"zh-CN": "长" * 81}},
        {"title": {"zh-CN": "  "}},
        {"location": "nul\x00"},
        {"section": "kitchen"},
        {"sessions": []},
        {"price": 3},
    ],
)
def test_content_that_makes_no_sense_is_refused(centre: Centre, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as error:
        centre.draft(**wrong) if "sessions" not in wrong else draft_as(centre, ORGANISER, club_id=centre.club_id, **wrong)
    assert set(error.value.messages_dict) == set(wrong)


def test_calling_it_off_cancels_every_active_registration_with_a_message_each(centre: Centre) -> None:
    club_event = centre.publish(sitting(capacity=1), sitting(timedelta(days=3)))
    first, second = (session["id"] for session in club_event["sessions"])
    made = [centre.register("wang", first), centre.register("li", first), centre.register("wang", second)]
    withdrawn = centre.register("zhang", second)
    centre.cancel(withdrawn)
    off = centre.ask(ORGANISER, "cancel_club_event", club_event_id=club_event["id"], reason="场馆检修")
    assert (off["state"], off["cancel_reason"]) == ("cancelled", "场馆检修")
    assert [(session["taken"], session["waiting"]) for session in off["sessions"]] == [(0, 0), (0, 0)]
    for registration in made:
        assert centre.look_up(registration)["state"] == "cancelled"
        assert centre.published(registration["id"])[-1] == ("registration.cancelled.v1", 2)
    assert not [type_ for type_, _ in centre.published() if type_ == "registration.promoted.v1"]
    assert centre.published(club_event["id"])[-1] == ("club_event.cancelled.v1", 3)
    told = centre.rows("SELECT data FROM outbox WHERE type = 'club_event.cancelled.v1'")[0]["data"]
    assert told["registrations_cancelled"] == 3
    assert len(centre.published(withdrawn["id"])) == 2


def test_what_was_called_off_stays_visible_but_not_listed_as_on(centre: Centre) -> None:
    club_event = centre.publish()
    centre.ask(ORGANISER, "cancel_club_event", club_event_id=club_event["id"], reason="下雨")
    assert centre.ask(VISITOR, "get_club_event", club_event_id=club_event["id"])["state"] == "cancelled"
    assert ids(centre.ask(resident("wang"), "list_club_events")) == []
    assert ids(centre.ask(resident("wang"), "list_club_events", state="cancelled")) == [club_event["id"]]
    with pytest.raises(AlreadyCancelled):
        centre.ask(ORGANISER, "cancel_club_event", club_event_id=club_event["id"], reason="下雨")


def test_a_draft_is_dropped_without_a_word(centre: Centre) -> None:
    drafted = centre.draft()
    centre.ask(ORGANISER, "cancel_club_event", club_event_id=drafted["id"], reason="不办了")
    assert centre.published() == []
    with pytest.raises(NotFound):
        centre.ask(VISITOR, "get_club_event", club_event_id=drafted["id"])


def test_sessions_that_are_over_keep_their_record(centre: Centre) -> None:
    club_event = centre.publish(sitting(timedelta(days=1)), sitting(timedelta(days=8)))
    past, ahead = (centre.register("wang", session["id"]) for session in club_event["sessions"])
    off = {"club_event_id": club_event["id"], "reason": "教师请假"}
    centre.ask(ORGANISER, "cancel_club_event", now=NOW + timedelta(days=2), **off)
    assert [centre.look_up(registration)["state"] for registration in (past, ahead)] == ["confirmed", "cancelled"]


def test_what_is_over_cannot_be_called_off(centre: Centre) -> None:
    club_event = centre.publish()
    with pytest.raises(AlreadyOver):
        centre.ask(ORGANISER, "cancel_club_event", now=NOW + timedelta(days=3), club_event_id=club_event["id"], reason="下雨")


def test_what_is_on_in_a_span_of_time(centre: Centre) -> None:
    early = centre.publish(sitting(timedelta(hours=1), hours=2))["id"]
    late = centre.publish(sitting(timedelta(hours=8)), sitting(timedelta(days=7)))["id"]
    overnight = centre.publish(sitting(timedelta(hours=14), hours=20))["id"]
    centre.draft(sitting(timedelta(hours=3)))

    def on(start: float, end: float) -> list[str]:
        span = {"from": (NOW + timedelta(hours=start)).isoformat(), "to": (NOW + timedelta(hours=end)).isoformat()}
        return ids(centre.ask(VISITOR, "list_club_events", **span))

    assert on(0, 24) == [early, late, overnight]
    assert on(3, 8) == []  # from and to are half-open: one has ended, the other not begun
    assert on(2.9, 8.1) == [early, late]
    assert on(33, 40) == [overnight]
    assert on(24 * 7, 24 * 8) == [late]
    with pytest.raises(ValidationError):
        on(2, 1)


def test_lists_are_narrowed_searched_and_paged(centre: Centre) -> None:
    first = centre.publish(sitting(timedelta(days=1)), section="elders")["id"]
    second = centre.publish(sitting(timedelta(days=2)), title={"zh-CN": "100%好戏", "en": "Drama"})["id"]
    third = centre.publish(sitting(timedelta(days=3)))["id"]
    assert ids(centre.ask(VISITOR, "list_club_events")) == [third, second, first]
    assert ids(centre.ask(VISITOR, "list_club_events", section="elders")) == [first]
    assert ids(centre.ask(VISITOR, "list_club_events", club_id=str(uuid4()))) == []
    for q in ("drama", "100%", "好戏"):
        assert ids(centre.ask(VISITOR, "list_club_events", q=q)) == [second]
    assert ids(centre.ask(VISITOR, "list_club_events", q="1_0")) == []
    assert ids(centre.ask(VISITOR, "list_club_events", q="zh-CN")) == []
    start = {"from": NOW.isoformat(), "limit": 2}
    page = centre.ask(VISITOR, "list_club_events", **start)
    assert ids(page) == [first, second]
    rest = centre.ask(VISITOR, "list_club_events", cursor=page["next_cursor"], **start)
    assert (ids(rest), rest["next_cursor"]) == ([third], None)


def test_another_community_has_lists_of_its_own(centre: Centre) -> None:
    club_event = centre.publish()["id"]
    assert ids(centre.ask(staff("clerk", "another"), "list_club_events")) == []
    assert ids(centre.ask(staff("clerk", "another"), "list_club_events", community_id="liuyi")) == [club_event]


def test_a_list_costs_two_queries_however_long_it_is(centre: Centre) -> None:
    for day in range(1, 6):
        centre.publish(sitting(timedelta(days=day)), sitting(timedelta(days=day, hours=5)))
    statements: list[str] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    listed = centre.ask(VISITOR, "list_club_events", **{"from": NOW.isoformat()})
    assert len(listed["items"]) == 5
    assert len(statements) == 2
