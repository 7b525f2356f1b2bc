"""schemathesis over the whole OpenAPI document: no 5xx, no answer that is not documented, for every caller.

`positive_data_acceptance` stays out: a document cannot say that a booking must lie within opening hours, or that an
id must be somebody's. The district is one of its own: what is tried here signs people out, takes their roles away and
uses up what one address may ask for.

LINLI_FUZZ=full (`make fuzz`) tries five times as many generated examples: a night's work, not that of each change.
"""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from tests.district import running
from tests.e2e.conftest import Person, sign_in
from tests.e2e.test_documented_examples import STORIES
from tests.mailbox import mailbox

CHECKS = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")
ONESELF = "/me/(password|totp)|/auth/session$"  # ends or locks the caller's own session, and with it the run
BUT_ONESELF = ("--exclude-path-regex", ONESELF)
TIMES_EXAMPLES = 5 if os.environ.get("LINLI_FUZZ") == "full" else 1
Operation = tuple[str, str]  # method, path


@dataclass(frozen=True, slots=True)
class Run:
    """`who` is a resident of the demo, one of the STAFF made for this, or `system`; None is a visitor."""

    who: str | None
    phases: str
    of: tuple[str, ...] = ()
    examples: int = 2


ROLES = ("clerk", "grid_worker", "handler", "mediator", "organiser", "supervisor", "admin")
STAFF = {"everything": ROLES, "oneself": ("clerk",), "admin": ("admin",)}
RUNS = {
    "staff-coverage": Run("everything", "examples,coverage", (*BUT_ONESELF, "--exclude-operation-id", "changeStaff")),
    "staff-stateful": Run(
        "everything", "fuzzing,stateful", (*BUT_ONESELF, "--exclude-operation-id", "changeStaff"), examples=3
    ),
    # Whoever has withdrawn their consent can do little more.
    "resident": Run("wang", "examples,fuzzing,stateful", (*BUT_ONESELF, "--exclude-operation-id", "withdrawConsent")),
    "consents": Run("zhang", "examples,coverage", ("--include-path-regex", "/me/consents$")),
    "visitor": Run(None, "examples,fuzzing", examples=1),
    "system": Run("system", "examples,coverage,fuzzing", ("--include-path-regex", "/messages/stream|/cases|/bookings")),
    "oneself": Run("oneself", "examples,coverage,fuzzing", ("--include-path-regex", "/me/(password|totp)")),
    "signing-in-and-out": Run("chen", "examples,coverage,fuzzing", ("--include-path-regex", "/auth/")),
    # Staff who change staff may change themselves: the last run, as somebody whom no other run needs.
    "staff": Run("admin", "examples,coverage,fuzzing,stateful", ("--include-path-regex", "/staff")),
}
# What schemathesis cannot come by, so that it only sees these refuse. They are seen to work by tests/integration/gateway and by
# the other tests of this folder. What test_documented_examples.py does is not listed again.
TIMES = "a time that is still to come, when the place is open"
STATE = "a thing in the one state that the step starts from"
SECRET = "what somebody was told once"
PHOTO = "a picture, or the id of one"
RESIDENT = "the id of a resident; the ids of accounts here are of staff"
SESSION = "the id of a session of one's own"
DISTRICT = "an admin of the whole district"
FILE = "a file, or the id of a check of one"
REPORTER = "a case with a named reporter"
FRESH = "a proof of the last ten minutes"
PASSKEY = "an authenticator, and a host name (a passkey is made for no number)"
PROVIDER = "an OpenID provider"
WECHAT = "an app of WeChat"
SERIES = "a series that somebody has booked"
QUESTION = "a date of a series about which somebody is asked"
WAIT = "somebody who waits for a time that somebody else has"
CLOSURE = "spaces that somebody has closed"
WINDOW = "a window of a ticket queue, or a queue that gives numbers now"
NEVER_DONE = {
    "changeEquipmentUnit": "what it is about must be there first; its own tests do it",
    "previewEquipmentUnit": "what it is about must be there first; its own tests do it",
    "previewLottery": "what it is about must be there first; its own tests do it",
    "beginSessionWithPasskey": PASSKEY,
    "beginPasskey": PASSKEY,
    "addPasskey": PASSKEY,
    "renamePasskey": PASSKEY,
    "removePasskey": PASSKEY,
    "makeRecoveryCodes": SECRET,
    "linkStaff": PROVIDER,
    "openSessionWithWechat": WECHAT,
    "getSpacePhoto": PHOTO,
    "openCounterWindow": WINDOW,
    "closeCounterWindow": WINDOW,
    "callNextTicket": WINDOW,
    "getTicket": SECRET,
    "giveUpTicket": SECRET,
    "getWall": SECRET,
    "getDoor": SECRET,
    "getAtDoor": SECRET,
    "checkInAtDoor": SECRET,
    "walkIn": TIMES,
    "appealNoShow": STATE,
    "getAppeal": STATE,
    "answerAppeal": STATE,
    "takeTicketStep": STATE,
    "setQueueToday": TIMES,
    "getSeries": SERIES,
    "changeSeries": SERIES,
    "addSeriesDate": SERIES,
    "exemptSeries": SERIES,
    "askSeries": SERIES,
    "getQuestion": QUESTION,
    "answerQuestion": QUESTION,
    "findLikeTimes": QUESTION,
    "chooseLikeTime": QUESTION,
    "waitForSpace": WAIT,
    "askForEarlier": WAIT,
    "getWait": WAIT,
    "cancelWait": WAIT,
    "acceptOffer": WAIT,
    "declineOffer": WAIT,
    "getDoorCode": STATE,
    "acceptRequest": STATE,
    "declineRequest": STATE,
    "acceptSeriesRequests": STATE,
    "declineSeriesRequests": STATE,
    "endBooking": STATE,
    "changeBookingEquipment": STATE,
    "handOutEquipment": STATE,
    "takeBackEquipment": STATE,
    "addEquipmentUnit": STATE,
    "checkIn": STATE,
    "checkInScanned": SECRET,
    "markNoShow": STATE,
    "undoNoShow": STATE,
    "closeLottery": STATE,
    "drawLottery": STATE,
    "getLotteryEntry": STATE,
    "withdrawEntry": STATE,
    "checkTime": TIMES,
    "findFreeSpaces": TIMES,
    "recordWithdrawal": RESIDENT,
    "verifyContactPoint": SECRET,
    "getClosure": CLOSURE,
    "getCalendarAddress": STATE,
    "readCalendar": SECRET,
    "lookUpCase": SECRET,
    "takeSlipStep": SECRET,
    "acceptInvitation": SECRET,
    "changePassword": SECRET,
    "confirmTotp": SECRET,
    "disableTotp": SECRET,
    "putSubDistrict": DISTRICT,
    "putSettings": DISTRICT,
    "endSession": SESSION,
    "getPrivacyNotice": STATE,
    "exportData": FRESH,
    "requestErasure": FRESH,
    "getErasure": STATE,
    "keepAccount": STATE,
    "getReceipt": SECRET,
    "keepAccountFor": RESIDENT,
    "getResident": RESIDENT,
    "getHousehold": RESIDENT,
    "removeMember": RESIDENT,
    "listGuardians": RESIDENT,
    "removeGuardian": RESIDENT,
    "mergeResidents": RESIDENT,
    "getOwnHousehold": STATE,
    "leaveHousehold": STATE,
    "joinHousehold": SECRET,
    "declineHouseholdInvitation": SECRET,
    "checkImport": FILE,
    "getImport": FILE,
    "listImportedRows": FILE,
    "commitImport": FILE,
    "revealCaseContact": REPORTER,
    "uploadPhoto": PHOTO,
    "getPhoto": PHOTO,
    "getCasePhoto": PHOTO,
    "cancelSession": STATE,
    "beginSessionWithProvider": PROVIDER,
    "openSessionWithProvider": PROVIDER,
    "linkWechat": WECHAT,
    "unlinkWechat": WECHAT,
    "askPhoneCode": FRESH,
    "addPhone": SECRET,
    "chooseMainPhone": SECRET,
    "removePhone": SECRET,
    "addResidentPhone": RESIDENT,
    "listResidentPhones": RESIDENT,
    "askResidentPhoneCode": RESIDENT,
    "removeResidentPhone": RESIDENT,
    "enrolTotp": SECRET,
}


@dataclass
class Trial:
    """A district with its people signed in, and what each run found there."""

    url: str
    folder: Path
    admin: Person
    ids: dict[str, str]
    tokens: dict[str, str]
    answers: dict[str, dict[Operation, set[int]]] = field(default_factory=dict)

    def of(self, name: str) -> dict[Operation, set[int]]:
        """Statuses that each operation answered in a run. Fails the test with all that schemathesis found wrong."""
        if name not in self.answers:
            self.answers[name] = self._run(name, RUNS[name])
        return self.answers[name]

    def _run(self, name: str, run: Run) -> dict[Operation, set[int]]:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        hooks = Path(__file__).with_name("short_streams.py")
        parameters = "".join(f'"path.{name}" = "{value}"\n' for name, value in self.ids.items())
        (folder / "schemathesis.toml").write_text(f'hooks = "{hooks}"\n[parameters]\n{parameters}')
        program = str(Path(sys.executable).with_name("schemathesis"))
        command = [program, "--config-file", str(folder / "schemathesis.toml"), "run", f"{self.url}/api/openapi.json"]
        command += [*CHECKS, *run.of, "--phases", run.phases, "--max-examples", str(run.examples * TIMES_EXAMPLES)]
        command += ["-H", self._credentials(run.who)] if run.who else []
        command += ["--generation-deterministic", "--request-timeout", "30", "--no-color", "--continue-on-failure"]
        command += ["--report-ndjson-path", str(folder / "told")]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1500 * TIMES_EXAMPLES, check=False)
        assert done.returncode == 0, found_wrong(done.stdout) + done.stderr[-2_000:]
        return answered(folder / "told")

    def _credentials(self, who: str) -> str:
        """The header that identifies somebody. A key is made for its run: an earlier run may have revoked every key it saw."""
        if who == "system":
            rights = ["messages:read", "cases:read", "cases:write", "bookings:read", "bookings:write"]
            system = self.admin.post("/systems", {"name": "…", "rights": rights, "requests_per_minute": 100_000})
            key = self.admin.post(f"/systems/{system['id']}/keys", {})
            return f"Authorization: Bearer {key['secret']}"
        return f"Authorization: {self.tokens[who]}"


def found_wrong(said: str) -> str:
    """The failures and errors of what schemathesis said, without its endless addresses."""
    told = said[max(said.find("= FAILURES ="), said.find("= ERRORS ="), 0) :]
    return "\n".join(line[:400] for line in told.splitlines())[:12_000]


def answered(told: Path) -> dict[Operation, set[int]]:
    """What schemathesis wrote down of its requests: one JSON object a line."""
    found: dict[Operation, set[int]] = defaultdict(set)
    for line in told.read_bytes().splitlines():
        recorder = orjson.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for case_id, interaction in recorder.get("interactions", {}).items():
            case = recorder["cases"][case_id]["value"]
            if answer := interaction.get("response"):
                found[case["method"], case["path"]].add(answer["status_code"])
    return found


@pytest.fixture(scope="module")
def trial(home_folder: Callable[[], Path]) -> Iterator[Trial]:
    folder = home_folder()
    with mailbox() as mails, running(folder, LINLI_SMTP_URL=mails.url) as url:
        admin, clerk = sign_in(url, "admin"), sign_in(url, "clerk")
        people = {name: new_staff(admin, *roles) for name, roles in STAFF.items()}
        people |= {name: sign_in(url, name) for name in ("wang", "chen", "zhang")}
        tokens = {name: str(someone.session.headers["Authorization"]) for name, someone in people.items()}
        ids = real_ids(clerk) | {"account_id": str(new_staff(admin, "handler").account["id"])}
        ids["system_id"] = admin.get("/systems")["items"][0]["id"]
        yield Trial(url, folder, admin, ids, tokens)


def new_staff(admin: Person, *roles: str) -> Person:
    """Somebody whom nobody misses, signed in."""
    name = f"trial-{uuid4().hex[:8]}"
    admin.post("/staff", {"username": name, "name": "试用", "password": "linli-demo", "roles": roles})
    return sign_in(admin.url, name)


def real_ids(clerk: Person) -> dict[str, str]:
    """Things of the demo, so that more than 404s is seen."""
    upcoming = datetime.now(UTC) + timedelta(days=1)
    events = clerk.get("/club-events", params={"state": "published", "from": upcoming.isoformat()})["items"]
    free = [event for event in events if event["sessions"][0]["seats_left"] and not event["sessions"][0]["waiting"]]
    registered = clerk.get("/registrations?scope=desk&state=confirmed&limit=100")["items"]
    return {
        "space_id": clerk.get("/spaces")["items"][0]["id"],
        "lottery_id": clerk.get("/lotteries")["items"][0]["id"],
        "club_id": clerk.get("/clubs")["items"][0]["id"],
        "club_event_id": free[0]["id"],  # will be called off; the session is another's
        "session_id": free[1]["sessions"][0]["id"],
        "case_id": clerk.get("/cases?scope=desk")["items"][0]["id"],
        "booking_id": clerk.get("/bookings?scope=desk")["items"][0]["id"],
        "registration_id": next(item["id"] for item in registered if item["starts_at"] > upcoming.isoformat()),
    }


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.timeout(1500 * TIMES_EXAMPLES)
def test_no_answer_is_a_surprise(trial: Trial, name: str) -> None:
    assert trial.of(name)


@pytest.mark.timeout(1800 * TIMES_EXAMPLES)
def test_every_operation_was_tried(trial: Trial) -> None:
    """Each has answered somebody's request with what it is for; what never did is listed with its reason."""
    document = Person(trial.url).session.get(f"{trial.url}/api/openapi.json", timeout=10).json()
    never = {}
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            statuses = {status for name in RUNS for status in trial.of(name).get((method.upper(), path), ())}
            if not any(200 <= status < 300 for status in statuses):
                never[item[method]["operationId"]] = sorted(statuses)
    # Some of those are done by good luck, others are not by bad luck: an event is called off before somebody registers.
    exemplified = {operation_id for steps in STORIES.values() for _, operation_id in steps}
    assert never.keys() <= NEVER_DONE.keys() | exemplified, "\n".join(f"{name}: {statuses}" for name, statuses in never.items())
