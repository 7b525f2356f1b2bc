"""What both sides write, and the statements they write it with: every effect leaves a row, a repeated one leaves two.

`done` has a row for each time a request took effect, `heard` one for each time its message did. Nothing is unique:
the tables would otherwise hide what they are there to show.
"""

DONE = """
CREATE TABLE counter (name text PRIMARY KEY, version integer NOT NULL);
CREATE TABLE done (request text, counter text, version integer, at timestamptz DEFAULT clock_timestamp());
CREATE INDEX done_counter ON done (counter);
"""
HEARD = """
CREATE TABLE heard (
    seq bigint GENERATED ALWAYS AS IDENTITY, request text, counter text, version integer,
    at timestamptz DEFAULT clock_timestamp());
CREATE INDEX heard_counter ON heard (counter);
"""
COUNT = """
INSERT INTO counter VALUES (:counter, 1) ON CONFLICT (name) DO UPDATE SET version = counter.version + 1 RETURNING version
"""
REMEMBER_DONE = "INSERT INTO done (request, counter, version) VALUES (:request, :counter, :version)"
REMEMBER_HEARD = "INSERT INTO heard (request, counter, version) VALUES (:request, :counter, :version)"
IS_DONE = "SELECT EXISTS (SELECT FROM done WHERE counter = :counter AND request = :request)"
WORK = "SELECT pg_sleep(:seconds)"
