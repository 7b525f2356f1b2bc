"""What must not exist after a race, each as a slow and obvious query that counts it. They read the tables as they are and use
no code of the product. `residents` are the people of the race, `rooms` the spaces with a limit for households."""

# ruff: noqa: S608  all parts of the statements are from this file

_LEAVES = "SELECT s.id AS space_id, coalesce(p.id, s.id) AS leaf_id FROM space s LEFT JOIN space p ON p.parent_id = s.id"

BOOKINGS = {
    # Bookings and sessions themselves, not their claims: nobody else has the same leaf at the same time.
    "two at one time in one space": f"""
        WITH leaf AS ({_LEAVES}),
        taken AS (
            SELECT b.id, l.leaf_id, tstzrange(b.starts_at, b.ends_at) AS during
            FROM booking b JOIN leaf l ON l.space_id = b.space_id WHERE b.state IN ('confirmed', 'no_show')
            UNION ALL
            SELECT c.holder_id, l.leaf_id, tstzrange(c.starts_at, c.ends_at)
            FROM claimed_time c JOIN leaf l ON l.space_id = ANY (c.space_ids))
        SELECT count(*) FROM taken a JOIN taken b ON a.leaf_id = b.leaf_id AND a.id < b.id AND a.during && b.during
    """,
    "overlapping claims": """
        SELECT count(*) FROM claim a JOIN claim b ON a.resource_id = b.resource_id AND a.holder_id < b.holder_id
            AND a.during && b.during
        WHERE a.state <> 'released' AND b.state <> 'released'
    """,
    # A confirmed booking has one claim on each leaf of its space, for its time with the turnover. No other booking has any.
    "wrong claims of bookings": f"""
        WITH leaf AS ({_LEAVES}),
        due AS (
            SELECT b.id AS holder_id, l.leaf_id, tstzrange(b.starts_at - s.buffer_before_minutes * interval '1 minute',
                b.ends_at + s.buffer_after_minutes * interval '1 minute') AS during
            FROM booking b JOIN space s ON s.id = b.space_id JOIN leaf l ON l.space_id = s.id
            WHERE b.state IN ('confirmed', 'no_show') AND b.resident_id = ANY (CAST(:residents AS uuid[]))),
        had AS (
            SELECT c.holder_id, c.resource_id, c.during FROM claim c JOIN booking b ON b.id = c.holder_id
            WHERE c.state <> 'released' AND b.resident_id = ANY (CAST(:residents AS uuid[])))
        SELECT (SELECT count(*) FROM (SELECT * FROM due EXCEPT ALL SELECT * FROM had) missing)
            + (SELECT count(*) FROM (SELECT * FROM had EXCEPT ALL SELECT * FROM due) extra)
    """,
    "claims of nobody": """
        SELECT count(*) FROM claim c WHERE c.state <> 'released' AND CASE c.holder_kind
            WHEN 'booking' THEN NOT EXISTS (SELECT FROM booking b WHERE b.id = c.holder_id)
            WHEN 'offer' THEN NOT EXISTS (SELECT FROM wait_offer o WHERE o.id = c.holder_id AND o.state = 'open')
            WHEN 'session' THEN NOT EXISTS (SELECT FROM claimed_time t WHERE t.holder_id = c.holder_id) END
    """,
    # What staff booked or moved beyond the limits is not counted.
    "residents over their limit": """
        SELECT count(*) FROM (
            SELECT FROM booking b JOIN space s ON s.id = b.space_id
            WHERE s.kind = 'court' AND b.state IN ('confirmed', 'requested', 'no_show') AND b.beyond_rules IS NULL
                AND b.beyond_moves IS NULL AND b.resident_id = ANY (CAST(:residents AS uuid[]))
            GROUP BY b.resident_id, CAST(b.starts_at AT TIME ZONE 'Asia/Shanghai' AS date)
            HAVING count(*) > :allowed) over_limit
    """,
    "households over their limit": """
        SELECT count(*) FROM (
            SELECT FROM booking b
            WHERE b.space_id = ANY (CAST(:rooms AS uuid[])) AND b.state IN ('confirmed', 'requested', 'no_show')
                AND b.beyond_rules IS NULL AND b.beyond_moves IS NULL AND b.household_id IS NOT NULL
            GROUP BY b.household_id, b.space_id, CAST(b.starts_at AT TIME ZONE 'Asia/Shanghai' AS date)
            HAVING sum(b.ends_at - b.starts_at) > :minutes * interval '1 minute') over_limit
    """,
    "booked in a closure": """
        WITH closed AS (
            SELECT c.starts_at, c.ends_at, cs.space_id FROM closure c JOIN closure_space cs ON cs.closure_id = c.id
            WHERE c.ended_at IS NULL),
        touched AS (
            SELECT starts_at, ends_at, space_id FROM closed
            UNION SELECT c.starts_at, c.ends_at, s.parent_id FROM closed c JOIN space s ON s.id = c.space_id
            UNION SELECT c.starts_at, c.ends_at, s.id FROM closed c JOIN space s ON s.parent_id = c.space_id)
        SELECT count(*) FROM booking b
        JOIN touched t ON t.space_id = b.space_id AND b.starts_at < t.ends_at AND t.starts_at < b.ends_at
        WHERE b.state IN ('confirmed', 'requested') AND b.starts_at > now()
    """,
    "a date of a series twice": """
        SELECT count(*) FROM (SELECT FROM booking WHERE series_id IS NOT NULL AND state IN ('confirmed', 'requested')
            GROUP BY series_id, series_day HAVING count(*) > 1) twice
    """,
}

# The newest message about each booking says what it is now. Each version is announced at most once.
MESSAGES = {
    "bookings whose last message says something else": """
        SELECT count(*) FROM booking b LEFT JOIN LATERAL (
            SELECT o.type, o.data FROM outbox o WHERE o.aggregate_id = b.id ORDER BY o.version DESC LIMIT 1) told ON true
        WHERE b.resident_id = ANY (CAST(:residents AS uuid[])) AND (
            told.type IS NULL OR CAST(told.data ->> 'starts_at' AS timestamptz) <> b.starts_at
            OR CAST(told.data ->> 'ends_at' AS timestamptz) <> b.ends_at
            OR CAST(told.data ->> 'space_id' AS uuid) <> b.space_id
            OR NOT told.type = ANY (CASE b.state
                WHEN 'confirmed' THEN ARRAY['booking.confirmed.v1', 'booking.rescheduled.v1', 'booking.attendees_changed.v1',
                    'booking.ended_early.v1', 'booking.no_show_undone.v1']
                WHEN 'requested' THEN ARRAY['booking.requested.v1', 'booking.attendees_changed.v1']
                WHEN 'lapsed' THEN ARRAY['booking.request_lapsed.v1']
                ELSE ARRAY['booking.' || b.state || '.v1'] END))
    """,
    "announced twice": """
        SELECT count(*) FROM (SELECT FROM outbox GROUP BY aggregate_id, version HAVING count(*) > 1) twice
    """,
    "waits that ended and nobody was told": """
        SELECT count(*) FROM wait w WHERE w.state IN ('lapsed', 'unfulfilled')
            AND NOT EXISTS (SELECT FROM outbox o WHERE o.aggregate_id = w.id AND o.type = 'booking.wait_unfulfilled.v1')
    """,
    "offers of which nobody was told": """
        SELECT (SELECT count(*) FROM wait_offer) - (SELECT count(*) FROM outbox WHERE type = 'booking.wait_offered.v1')
    """,
    "not published": "SELECT count(*) FROM outbox WHERE published_at IS NULL",
    "not handled": "SELECT count(*) FROM inbox WHERE state <> 'handled'",
}

WAITS = {
    "offers that hold nothing": f"""
        WITH leaf AS ({_LEAVES})
        SELECT count(*) FROM wait_offer o JOIN leaf l ON l.space_id = o.space_id WHERE o.state = 'open'
            AND NOT EXISTS (SELECT FROM claim c WHERE c.holder_id = o.id AND c.resource_id = l.leaf_id AND c.state = 'held')
    """,
    "waits without their offer": """
        SELECT count(*) FROM wait w WHERE (w.state = 'offered')
            <> EXISTS (SELECT FROM wait_offer o WHERE o.wait_id = w.id AND o.state = 'open')
    """,
    "accepted and not booked": """
        SELECT count(*) FROM wait_offer o JOIN wait w ON w.id = o.wait_id WHERE o.state = 'accepted' AND w.booking_id IS NULL
            AND NOT EXISTS (SELECT FROM booking b WHERE b.id = o.id)
    """,
    "one offer to two": """
        SELECT count(*) FROM wait_offer a JOIN wait_offer b ON a.id < b.id AND a.space_id = b.space_id
            AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
        WHERE a.state = 'open' AND b.state = 'open'
    """,
}

_CALLS = """
    SELECT id, ticket_id, window_id, tstzrange(called_at, greatest(called_at, coalesce(ended_at, 'infinity'))) AS during
    FROM ticket_call"""
COUNTERS = {
    "a ticket called to two windows at once": f"""
        WITH c AS ({_CALLS})
        SELECT count(*) FROM c a JOIN c b ON a.ticket_id = b.ticket_id AND a.id < b.id AND a.during && b.during
    """,
    "a window with two tickets at once": f"""
        WITH c AS ({_CALLS})
        SELECT count(*) FROM c a JOIN c b ON a.window_id = b.window_id AND a.id < b.id AND a.during && b.during
    """,
    "calls that end before they begin, or begin before their ticket": """
        SELECT count(*) FROM ticket_call c JOIN ticket t ON t.id = c.ticket_id
        WHERE c.ended_at < c.called_at OR c.called_at < t.taken_at
    """,
    "numbers given twice or left out": """
        SELECT count(*) FROM ticket_number n JOIN counter_service s ON s.id = n.service_id
        WHERE n.last <> (SELECT count(DISTINCT t.number) FROM ticket t
            WHERE t.queue_id = s.queue_id AND t.day = n.day AND t.letter = s.letter)
    """,
    "calls counted wrongly": """
        SELECT count(*) FROM ticket_number n WHERE n.calls < 0
            OR n.calls <> (SELECT count(*) FROM ticket_call c WHERE c.service_id = n.service_id AND c.day = n.day)
    """,
    "people with two tickets": """
        SELECT count(*) FROM (SELECT FROM ticket WHERE state NOT IN ('done', 'left') AND resident_id IS NOT NULL
            GROUP BY queue_id, resident_id HAVING count(*) > 1) twice
    """,
    "called and at no window": """
        SELECT count(*) FROM ticket t WHERE (t.state IN ('called', 'serving'))
            <> EXISTS (SELECT FROM ticket_call c WHERE c.ticket_id = t.id AND c.ended_at IS NULL)
    """,
}
ALL = BOOKINGS | MESSAGES | WAITS | COUNTERS
