"""schemathesis over the whole OpenAPI document: no 5xx, no answer that is not documented, whoever asks.

`positive_data_acceptance` stays out: a document cannot say that a booking must lie within opening hours, or that an
id must be somebody's. Streams never end, so they are tested by hand (tests/integration/gateway/test_streams.py); what
would sign the caller out or lock it out is left to other tests as well.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import People, Person, sign_in

NOT_HERE = ("--exclude-path-regex", "stream|auth/|me/password|me/totp", "--exclude-operation-id", "changeStaff")
CHECKS = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")


def real_ids(clerk: Person) -> dict[str, str]:
    """Things of the demo, so that more than 404s is seen."""
    event = clerk.get("/club-events")["items"][0]
    return {
        "space_id": clerk.get("/spaces")["items"][0]["id"],
        "club_id": clerk.get("/clubs")["items"][0]["id"],
        "club_event_id": event["id"],
        "session_id": event["sessions"][0]["id"],
        "case_id": clerk.get("/cases?scope=desk")["items"][0]["id"],
        "booking_id": clerk.get("/bookings?scope=desk")["items"][0]["id"],
        "registration_id": clerk.get("/registrations?scope=desk")["items"][0]["id"],
    }


def run(url: str, folder: Path, ids: dict[str, str], *options: str, token: str | None = None) -> str:
    """Everything that schemathesis has to say. Fails the test with it if anything was found."""
    config = folder / "schemathesis.toml"
    config.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items()))
    program = str(Path(sys.executable).with_name("schemathesis"))
    who = ["-H", f"Authorization: {token}"] if token else []
    command = [program, "--config-file", str(config), "run", f"{url}/api/openapi.json", *NOT_HERE, *CHECKS, *who, *options]
    command += ["--generation-deterministic", "--request-timeout", "30", "--no-color", "--continue-on-failure"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.mark.parametrize(
    ("who", "options"),
    [
        ("admin", ("--phases", "examples,coverage")),
        ("admin", ("--phases", "fuzzing,stateful", "--max-examples", "10")),
        ("wang", ("--phases", "examples,fuzzing,stateful", "--max-examples", "5")),
        (None, ("--phases", "examples,fuzzing", "--max-examples", "5")),
    ],
    ids=["admin-coverage", "admin-stateful", "resident", "visitor"],
)
@pytest.mark.timeout(900)
def test_no_answer_is_a_surprise(district_url: str, person: People, tmp_path: Path, who: str | None, options: Any) -> None:
    token = str(sign_in(district_url, who).session.headers["Authorization"]) if who else None
    said = run(district_url, tmp_path, real_ids(person("clerk")), *options, token=token)
    assert "No issues found" in said or " passed" in said
