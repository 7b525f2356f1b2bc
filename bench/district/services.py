"""Rows of the services: spaces with bookings, clubs with events and registrations, cases. Residents are made-up ids."""

import json

from sqlalchemy import Engine, text

from bench.district import BOOKINGS, CASES, CLUBS, EVENTS, SPACES, community_ids
from services.cases.cases.search import pairs

_HOURS = json.dumps([{"weekday": day, "opens": "08:00", "closes": "21:30"} for day in range(1, 8)])
# Of every ten spaces, the first can be divided, and the next two are its parts.
_SPACES = """
    INSERT INTO space (id, community_id, version, code, kind, section, name, description, parent_id, divisible, capacity,
        location, equipment, opening_hours, holiday_hours, slot_minutes, min_minutes, max_minutes, min_notice_minutes,
        horizon_days, buffer_before_minutes, buffer_after_minutes, open_to)
    SELECT md5(c || n)::uuid, c, 1, 'm-' || lpad(n::text, 3, '0'), (ARRAY['room', 'court', 'room', 'counter'])[1 + n / 10 % 4],
        (ARRAY['convenience', 'neighbour', 'smart', 'elders'])[1 + n / 10 % 4],
        jsonb_build_object('zh-CN', '场地' || n, 'en', 'Space ' || n),
        jsonb_build_object('zh-CN', '可开会、排练和上课，请提前十分钟到场。', 'en', 'For meetings, rehearsals and lessons.'),
        CASE WHEN n % 10 IN (1, 2) THEN md5(c || (n - n % 10))::uuid END, n % 10 = 0, 20,
        jsonb_build_object('zh-CN', n % 4 + 1 || '楼', 'en', 'Floor ' || n % 4), '[]', CAST(:hours AS jsonb),
        '[{"opens": "09:00", "closes": "17:00"}]', 30, 30, 240, 0, 30, 0, 0, 'district'
    FROM unnest(CAST(:communities AS text[])) c, generate_series(0, :spaces - 1) n ORDER BY n % 10 = 0 DESC
"""
# On spaces that are no wholes and no parts: one hour each, every fifth day from ten days ago to a month ahead.
_BOOKINGS = """
    WITH made AS (
        SELECT gen_random_uuid() AS id, c, md5(c || (leaf / 7 * 10 + leaf % 7 + 3))::uuid AS space_id,
            date_trunc('day', now()) + (turn * 5 - 10) * interval '1 day' + interval '1 hour' * (leaf % 9) AS at
        FROM unnest(CAST(:communities AS text[])) c, generate_series(0, :bookings - 1) n,
            LATERAL (SELECT n % (:spaces / 10 * 7) AS leaf, n / (:spaces / 10 * 7) AS turn) place),
    booked AS (
        INSERT INTO booking (id, community_id, version, space_id, resident_id, booked_by, starts_at, ends_at, state, attendees,
            created_at)
        SELECT id, c, 1, space_id, id, id, at, at + interval '1 hour', 'confirmed', 2, now() FROM made
        RETURNING id, space_id, community_id, starts_at, ends_at)
    INSERT INTO claim (holder_kind, holder_id, resource_id, community_id, during, state)
    SELECT 'booking', id, space_id, community_id, tstzrange(starts_at, ends_at), 'confirmed' FROM booked
"""
_CLUBS = """
    INSERT INTO club (id, community_id, version, code, name, description, section, kind)
    SELECT md5('club' || c || n)::uuid, c, 1, 'club-' || n, jsonb_build_object('zh-CN', '社团' || n, 'en', 'Club ' || n),
        jsonb_build_object('zh-CN', '每周活动一次。', 'en', 'Once a week.'),
        (ARRAY['convenience', 'neighbour', 'smart', 'elders'])[1 + n % 4], 'culture'
    FROM unnest(CAST(:communities AS text[])) c, generate_series(0, :clubs - 1) n
"""
_EVENTS = """
    WITH event AS (
        INSERT INTO club_event (id, community_id, version, club_id, section, title, description, location, audience, state,
            organiser_id, created_at, published_at, first_starts_at)
        SELECT gen_random_uuid(), c, 1, md5('club' || c || n % :clubs)::uuid, 'neighbour',
            jsonb_build_object('zh-CN', '活动' || n, 'en', 'Event ' || n), jsonb_build_object('zh-CN', '欢迎报名。'), '活动室',
            'everyone', 'published', gen_random_uuid(), now(), now(),
            date_trunc('day', now()) + (n - 2) * interval '1 day' + interval '10 hours'
        FROM unnest(CAST(:communities AS text[])) c, generate_series(0, :events - 1) n
        RETURNING id, community_id, first_starts_at),
    session AS (
        INSERT INTO club_session (id, community_id, club_event_id, starts_at, ends_at, capacity, registration_opens_at,
            registration_closes_at, open, taken, waiting, last_queue_no)
        SELECT gen_random_uuid(), community_id, id, first_starts_at, first_starts_at + interval '90 minutes', 30,
            first_starts_at - interval '20 days', first_starts_at, true, 10, 0, 0 FROM event
        RETURNING id, community_id)
    INSERT INTO registration (id, community_id, version, session_id, resident_id, registered_by, seats, state, created_at)
    SELECT gen_random_uuid(), community_id, 1, id, gen_random_uuid(), gen_random_uuid(), 1, 'confirmed', now()
    FROM session, generate_series(1, 10)
"""
_TEXT = "小区门口的路灯不亮了，晚上走路不安全"
_CASES = """
    INSERT INTO cases (id, community_id, version, number, channel_code, category_code, text, photo_ids, search_terms, anonymous,
        reporter_id, state, reported_at)
    SELECT gen_random_uuid(), c, 1, 'M' || right(c, 3) || '-' || lpad(n::text, 8, '0'), 'photo',
        (ARRAY['order-noise', 'facilities-light', 'other'])[1 + n % 3], :text, '{}', CAST(:terms AS text[]), false,
        gen_random_uuid(), (ARRAY['reported', 'closed', 'closed', 'closed'])[1 + n % 4], now() - n * interval '9 hours'
    FROM unnest(CAST(:communities AS text[])) c, generate_series(1, :cases) n
"""


def fill_booking(engine: Engine, communities: int) -> None:
    numbers = {"communities": community_ids(communities), "spaces": SPACES, "bookings": BOOKINGS, "hours": _HOURS}
    _run(engine, (_SPACES, _BOOKINGS), numbers)


def fill_events(engine: Engine, communities: int) -> None:
    _run(engine, (_CLUBS, _EVENTS), {"communities": community_ids(communities), "clubs": CLUBS, "events": EVENTS})


def fill_cases(engine: Engine, communities: int) -> None:
    numbers = {"communities": community_ids(communities), "cases": CASES, "text": _TEXT, "terms": pairs(_TEXT)}
    _run(engine, (_CASES,), numbers)


def _run(engine: Engine, statements: tuple[str, ...], values: dict[str, object]) -> None:
    with engine.begin() as connection:
        for statement in statements:
            clause = text(statement)
            connection.execute(clause, {name: values[name] for name in clause.compile().params})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
