-- The peers' tables: what Linli's booking and events services hold, without what only Linli needs.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE space (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    kind text NOT NULL,
    section text NOT NULL,
    name jsonb NOT NULL,
    description jsonb,
    capacity integer NOT NULL,
    location jsonb,
    equipment jsonb NOT NULL,
    opening_hours jsonb NOT NULL
);
CREATE TABLE booking (
    id uuid PRIMARY KEY,
    space_id uuid NOT NULL REFERENCES space,
    resident_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    attendees integer NOT NULL,
    purpose text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT booking_no_double EXCLUDE USING gist (space_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);
CREATE INDEX booking_of_resident ON booking (resident_id, starts_at);
CREATE INDEX booking_of_space ON booking (space_id, starts_at);
CREATE TABLE club_event (
    id uuid PRIMARY KEY,
    section text NOT NULL,
    title jsonb NOT NULL,
    description jsonb NOT NULL,
    location text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    capacity integer NOT NULL,
    taken integer NOT NULL
);
CREATE INDEX club_event_by_time ON club_event (starts_at);
