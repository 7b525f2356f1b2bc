"""The phones of residents: several to sign in with, others under which they are reached, the counter, and who gets a number."""

# ruff: noqa: F401, F811 - fixtures

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from chassis.config import Settings
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts import contact_points
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phone_list.models import ResidentPhone
from gateway.accounts.rotation import renew
from gateway.demo.sign_in import CODE
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import NOBODY, page
from tests.integration.gateway.test_erasures import run
from tests.integration.gateway.test_own_data import answering

SignIn = Callable[[str], Caller]
NEW, OTHER, DAUGHTERS = "13800138000", "13700137000", "13900139000"
WANG, LI = str(demo_id("account", "wang")), str(demo_id("account", "li"))


@pytest.fixture(autouse=True)
def answers(services: FakeServices) -> None:
    services.on("booking", "search_bookings", page())
    services.on("cases", "search_cases", page())
    services.on("events", "list_club_events", page())


class Sms:
    """Asks for codes, and reads them."""

    def __init__(self, services: FakeServices, visitor: Caller) -> None:
        services.on("notify", "send_code", {})
        self.services, self.visitor, self.seen = services, visitor, 0

    def code_by(self, asked: Any) -> str:
        """The code that the request has sent. The phones of the demo's residents have a fixed one."""
        assert asked.status_code == 202, asked.json
        sent = self.services.of("send_code")[self.seen :]
        self.seen += len(sent)
        return str(sent[-1].payload["code"]) if sent else CODE

    def add(self, caller: Caller, phone: str = NEW) -> Any:
        """The caller adds a phone to their account."""
        code = self.code_by(caller.post("/me/phones/codes", json={"phone": phone}))
        return caller.post("/me/phones", json={"phone": phone, "code": code})

    def add_at_counter(self, clerk: Caller, account_id: str, phone: str = NEW, **more: Any) -> Any:
        code = self.code_by(clerk.post(f"/residents/{account_id}/phones/codes", json={"phone": phone}))
        return clerk.post(f"/residents/{account_id}/phones", json={"phone": phone, "code": code} | more)

    def sign_in(self, phone: str) -> Any:
        code = self.code_by(self.visitor.post("/auth/codes", json={"phone": phone}))
        return self.visitor.post("/auth/sessions", json={"phone": phone, "code": code})


@pytest.fixture
def sms(services: FakeServices, visitor: Caller) -> Sms:
    return Sms(services, visitor)


@pytest.fixture
def clerk(sign_in: SignIn) -> Caller:
    return sign_in("clerk")


def added_by_staff(clerk: Caller, **entered: Any) -> str:
    answer = clerk.post("/residents", json={"name": "李奶奶"} | entered)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["errors"][0]["code"] if "errors" in answer.json else answer.json["code"]


def listed(caller: Caller, path: str = "/me/phones") -> list[tuple[str, str, bool]]:
    return [(one["phone"][3:], one["use"], one["main"]) for one in caller.get(path).json["items"]]


def id_of(caller: Caller, phone: str) -> str:
    return str(next(one["id"] for one in caller.get("/me/phones").json["items"] if one["phone"] == f"+86{phone}"))


def announced(database: Engine) -> list[tuple[str, str]]:
    with reading(database) as session:
        rows = session.scalars(text("SELECT data FROM outbox WHERE type = 'account.phones_changed.v1' ORDER BY seq"))
        return [(row["account_id"], row["change"]) for row in rows]


# --- one's own ---


def test_any_of_the_phones_signs_in_to_the_same_account(sms: Sms, sign_in: SignIn, database: Engine) -> None:
    wang = sign_in("wang")
    answer = sms.add(wang)
    assert (answer.status_code, answer.json["main"], answer.json["usable_from"]) == (200, False, None)
    assert listed(wang) == [("19900000001", "sign_in", True), (NEW, "sign_in", False)]
    ids = {sms.sign_in(phone).json["account"]["id"] for phone in ("19900000001", NEW)}
    assert ids == {WANG}
    assert announced(database) == [(WANG, "added")]
    assert wang.get("/me").json["phone"] == "+8619900000001"


def test_a_second_time_changes_nothing(sms: Sms, sign_in: SignIn, database: Engine) -> None:
    wang = sign_in("wang")
    first = sms.add(wang).json
    assert wang.post("/me/phones", json={"phone": NEW, "code": "000000"}).json == first
    assert len(announced(database)) == 1


def test_every_change_needs_a_fresh_proof(sms: Sms, sign_in: SignIn, clock: Clock) -> None:
    wang = sign_in("wang")
    sms.add(wang)
    added = id_of(wang, NEW)
    clock.forward(minutes=11)
    asked = (
        wang.post("/me/phones/codes", json={"phone": OTHER}),
        wang.post("/me/phones", json={"phone": OTHER, "code": "123456"}),
        wang.post("/me/phones", json={"phone": DAUGHTERS}),
        wang.put(f"/me/phones/{added}/main"),
        wang.delete(f"/me/phones/{added}"),
    )
    assert {problem(answer) for answer in asked} == {(403, "auth.proof_needed")}
    assert len(listed(wang)) == 2


def test_a_wrong_code_adds_nothing_and_costs_a_try(sms: Sms, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    code = sms.code_by(wang.post("/me/phones/codes", json={"phone": NEW}))
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert problem(wang.post("/me/phones", json={"phone": NEW, "code": wrong})) == (401, "auth.code_wrong")
    assert problem(wang.post("/me/phones", json={"phone": NEW, "code": code})) == (401, "auth.code_wrong")
    assert len(listed(wang)) == 1
    for _ in range(4):
        wang.post("/me/phones", json={"phone": NEW, "code": wrong})
    assert wang.post("/me/phones", json={"phone": NEW, "code": code}).status_code == 429


def test_codes_for_one_phone_are_counted_as_at_the_sign_in(sms: Sms, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    for _ in range(5):
        assert wang.post("/me/phones/codes", json={"phone": NEW}).status_code == 202
    assert problem(wang.post("/me/phones/codes", json={"phone": NEW})) == (429, "auth.too_many_codes")
    assert problem(sms.visitor.post("/auth/codes", json={"phone": NEW})) == (429, "auth.too_many_codes")


def test_text_messages_go_to_the_main_phone(sms: Sms, sign_in: SignIn, database: Engine, config: Settings) -> None:
    wang = sign_in("wang")
    sms.add(wang)
    told: dict[str, str] = {}
    personal = PersonalFields(config.encryption_keys, config.index_keys)
    contact_points.hand_over(database, personal, lambda _, **said: told.update({said["account_id"]: said["address"]}))
    assert told[WANG] == "+8619900000001"
    assert wang.put(f"/me/phones/{id_of(wang, NEW)}/main").json["main"] is True
    assert listed(wang) == [(NEW, "sign_in", True), ("19900000001", "sign_in", False)]
    assert wang.get("/me").json["phone"] == f"+86{NEW}"
    contact_points.hand_over(database, personal, lambda _, **said: told.update({said["account_id"]: said["address"]}))
    assert told[WANG] == f"+86{NEW}"
    assert announced(database) == [(WANG, "added"), (WANG, "main_chosen")]


def test_the_last_phone_stays_and_the_main_one_until_another_is_chosen(sms: Sms, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    first = id_of(wang, "19900000001")
    assert problem(wang.delete(f"/me/phones/{first}")) == (409, "phones.last")
    sms.add(wang)
    assert problem(wang.delete(f"/me/phones/{first}")) == (409, "phones.is_main")
    wang.put(f"/me/phones/{id_of(wang, NEW)}/main")
    assert wang.delete(f"/me/phones/{first}").status_code == 204
    assert listed(wang) == [(NEW, "sign_in", True)]
    # Whoever gets the number that was given up has an account of their own.
    assert sms.sign_in("19900000001").json["account"]["id"] != WANG


def test_nobody_changes_the_phones_of_another(sms: Sms, sign_in: SignIn) -> None:
    wang, li = sign_in("wang"), sign_in("li")
    sms.add(wang)
    for answer in (li.delete(f"/me/phones/{id_of(wang, NEW)}"), li.put(f"/me/phones/{id_of(wang, NEW)}/main")):
        assert answer.status_code == 404
    assert sign_in("clerk").post("/me/phones", json={"phone": OTHER}).status_code == 403
    assert len(listed(wang)) == 2


def test_a_phone_that_signs_in_elsewhere_is_refused_after_the_proof_only(sms: Sms, sign_in: SignIn, database: Engine) -> None:
    wang = sign_in("wang")
    sms.add(sign_in("li"))
    answer = sms.add(wang)
    assert problem(answer) == (409, "phones.of_another")
    assert "李建国" not in str(answer.json) and LI not in str(answer.json) and "details" not in answer.json
    assert len(listed(wang)) == 1
    assert announced(database) == [(LI, "added")]


def test_a_right_code_is_no_guess(sms: Sms, sign_in: SignIn, clock: Clock) -> None:
    """However often the phone of another account is tried, a right code counts against nobody."""
    wang = sign_in("wang")
    wang.post("/me/phones/codes", json={"phone": "19900000002"})
    for _ in range(11):
        assert problem(wang.post("/me/phones", json={"phone": "19900000002", "code": CODE})) == (409, "phones.of_another")


def test_two_accounts_prove_one_phone_at_once(sms: Sms, sign_in: SignIn, database: Engine, clock: Clock) -> None:
    both = [sign_in("wang"), sign_in("li")]
    for turn in range(4):
        phone = f"1380013800{turn}"
        # Two codes are valid at once, so each of the two has a right one.
        codes = [sms.code_by(one.post("/me/phones/codes", json={"phone": phone})) for one in both]
        barrier = Barrier(2)

        def send(number: int, phone: str = phone, codes: list[str] = codes, barrier: Barrier = barrier) -> tuple[int, str]:
            barrier.wait()
            answer = both[number].post("/me/phones", json={"phone": phone, "code": codes[number]})
            return answer.status_code, answer.json.get("code", "")

        with ThreadPoolExecutor(2) as pool:
            found = sorted(pool.map(send, range(2)))
        # The right code of the winner ends the other one's, or the database refuses.
        assert found[0][0] == 200 and found[1] in {(401, "auth.code_wrong"), (409, "phones.of_another")}
        assert sum(phone in [number for number, *_ in listed(one)] for one in both) == 1


def test_the_database_refuses_a_phone_of_two_accounts(sign_in: SignIn, sms: Sms, database: Engine) -> None:
    sms.add(sign_in("wang"))
    with pytest.raises(IntegrityError, match="resident_phone_sign_in_key"), transaction(database) as session:
        session.execute(
            text(
                "INSERT INTO resident_phone (id, account_id, use, main, phone, phone_index, key_id, added_at)"
                " SELECT gen_random_uuid(), :li, use, false, phone, phone_index, key_id, added_at"
                " FROM resident_phone WHERE account_id = :wang AND NOT main"
            ),
            {"li": LI, "wang": WANG},
        )
    # As a gateway of the last release does, which knows the account only.
    with pytest.raises(IntegrityError) as refused, transaction(database) as session:
        session.execute(
            text(
                "UPDATE account SET (phone, phone_index) ="
                " (SELECT phone, phone_index FROM resident_phone WHERE account_id = :wang AND NOT main) WHERE id = :li"
            ),
            {"li": LI, "wang": WANG},
        )
    assert phone_list.is_in_use(refused.value)
    assert refused.value.orig.diag.constraint_name == "account_phone_key", "the only name that it knows"


def test_at_most_five_of_each_use(sms: Sms, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    for number in range(4):
        assert sms.add(wang, f"1380013800{number}").status_code == 200
    assert problem(sms.add(wang, "13800138009")) == (409, "phones.too_many")
    for number in range(5):
        assert wang.post("/me/phones", json={"phone": f"1390013900{number}"}).status_code == 200
    assert problem(wang.post("/me/phones", json={"phone": "13900139009"})) == (409, "phones.too_many")


def test_families_share_a_contact_phone(sms: Sms, sign_in: SignIn, clerk: Caller) -> None:
    wang, li = sign_in("wang"), sign_in("li")
    for one in (wang, li, wang):
        answer = one.post("/me/phones", json={"phone": DAUGHTERS})
        assert (answer.status_code, answer.json["use"], answer.json["main"]) == (200, "contact", True)
    assert listed(wang)[1:] == [(DAUGHTERS, "contact", True)]
    wang.post("/me/phones", json={"phone": "19900000002"})  # also one that signs somebody else in
    assert sms.sign_in("19900000002").json["account"]["id"] == LI
    assert problem(wang.delete(f"/me/phones/{id_of(wang, DAUGHTERS)}")) == (409, "phones.is_main")
    wang.put(f"/me/phones/{id_of(wang, '19900000002')}/main")
    assert wang.delete(f"/me/phones/{id_of(wang, DAUGHTERS)}").status_code == 204
    assert wang.delete(f"/me/phones/{id_of(wang, '19900000002')}").status_code == 204
    assert listed(wang) == [("19900000001", "sign_in", True)]
    assert listed(li)[1:] == [(DAUGHTERS, "contact", True)]


@pytest.mark.parametrize("phone", ["010-12345678", "abc", "+1 202 555 0100"])
def test_what_is_no_mobile_number(sms: Sms, sign_in: SignIn, phone: str) -> None:
    wang = sign_in("wang")
    for answer in (
        wang.post("/me/phones/codes", json={"phone": phone}),
        wang.post("/me/phones", json={"phone": phone, "code": "123456"}),
        wang.post("/me/phones", json={"phone": phone}),
    ):
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "phone")


# --- the counter ---


def test_a_resident_of_the_counter_signs_in_at_once_with_a_proved_phone(sms: Sms, clerk: Caller) -> None:
    elder = added_by_staff(clerk, contact_phone=DAUGHTERS)
    answer = sms.add_at_counter(clerk, elder)
    assert (answer.status_code, answer.json["main"], answer.json["usable_from"]) == (200, True, None)
    assert listed(clerk, f"/residents/{elder}/phones") == [(NEW, "sign_in", True), (DAUGHTERS, "contact", True)]
    assert sms.sign_in(NEW).json["account"]["id"] == elder


def test_a_phone_for_an_account_in_use_waits_two_days_and_its_owner_can_refuse_it(
    sms: Sms, clerk: Caller, sign_in: SignIn, clock: Clock, database: Engine
) -> None:
    answer = sms.add_at_counter(clerk, WANG)
    assert answer.json["usable_from"] == "2026-03-04T09:00:00+00:00"
    assert announced(database) == [(WANG, "added")]
    refused = sms.sign_in(NEW)
    assert (problem(refused), refused.json["details"]["usable_from"]) == ((403, "phones.not_yet"), "2026-03-04T09:00:00+00:00")
    wang = sign_in("wang")
    assert problem(wang.put(f"/me/phones/{id_of(wang, NEW)}/main")) == (403, "phones.not_yet")
    clock.forward(hours=48)
    assert sms.sign_in(NEW).json["account"]["id"] == WANG
    wang = sign_in("wang")
    assert wang.delete(f"/me/phones/{id_of(wang, NEW)}").status_code == 204


def test_what_staff_change_is_in_the_audit_log_without_numbers(sms: Sms, clerk: Caller, sign_in: SignIn) -> None:
    sms.add_at_counter(clerk, WANG)
    clerk.post(f"/residents/{WANG}/phones", json={"phone": DAUGHTERS})
    entries = sign_in("admin").get(f"/audit-log?kind=resident&subject_id={WANG}").json["items"]
    assert [(entry["before"], entry["after"]) for entry in entries] == [
        ({"contact_phones": 0}, {"contact_phones": 1}),
        ({"sign_in_phones": 1}, {"sign_in_phones": 2}),
    ]
    assert "138" not in str([entry["after"] for entry in entries])


def test_looks_are_logged_and_others_see_nothing(clerk: Caller, sign_in: SignIn, database: Engine) -> None:
    wang = sign_in("wang")
    before = len(wang.get("/me/reveals").json["items"])
    assert clerk.get(f"/residents/{WANG}/phones").status_code == 200
    seen = wang.get("/me/reveals").json["items"]
    assert (len(seen), seen[0]["fields_seen"]) == (before + 1, ["phone"])
    with transaction(database) as session:
        session.get_one(Account, UUID(LI)).community_id = "yuxin"
    for account_id in (LI, NOBODY, str(demo_id("account", "handler"))):
        assert clerk.get(f"/residents/{account_id}/phones").status_code == 404
        assert clerk.post(f"/residents/{account_id}/phones", json={"phone": NEW}).status_code == 404
        assert clerk.post(f"/residents/{account_id}/phones/codes", json={"phone": NEW}).status_code == 404
    assert sign_in("handler").get(f"/residents/{WANG}/phones").status_code == 403
    assert wang.get(f"/residents/{WANG}/phones").status_code == 403


def test_staff_remove_phones_of_others_only(sms: Sms, clerk: Caller, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    sms.add(wang)
    clerk.post(f"/residents/{WANG}/phones", json={"phone": DAUGHTERS})
    path = f"/residents/{WANG}/phones"
    assert problem(clerk.delete(f"{path}/{id_of(wang, NEW)}")) == (409, "residents.account_claimed")
    assert clerk.delete(f"{path}/{id_of(wang, DAUGHTERS)}").status_code == 204
    assert listed(wang) == [("19900000001", "sign_in", True), (NEW, "sign_in", False)]


def test_a_number_that_changed_hands_is_moved_at_the_counter(
    sms: Sms, clerk: Caller, sign_in: SignIn, database: Engine, clock: Clock, config: Settings
) -> None:
    li = sign_in("li")
    refused = sms.add_at_counter(clerk, WANG, "13800138001")
    assert refused.status_code == 200
    sms.add(li, OTHER)
    assert problem(sms.add_at_counter(clerk, WANG, OTHER)) == (409, "phones.of_another")
    assert sms.add_at_counter(clerk, WANG, OTHER, move=True).status_code == 200
    assert li.get("/me").status_code == 401, "whoever was signed in may have used the number"
    assert [change for account, change in announced(database) if account == LI] == ["added", "moved"]
    li = sign_in("li")
    assert listed(li) == [("19900000002", "sign_in", True)]
    clock.forward(hours=48)
    assert sms.sign_in(OTHER).json["account"]["id"] == WANG


def test_an_account_whose_only_number_changed_hands_waits_for_the_counter(
    sms: Sms, clerk: Caller, sign_in: SignIn, database: Engine, clock: Clock, config: Settings
) -> None:
    code = sms.code_by(sms.visitor.post("/auth/codes", json={"phone": OTHER}))
    made = sms.visitor.post("/auth/sessions", json={"phone": OTHER, "code": code}).json["account"]["id"]
    personal = PersonalFields(config.encryption_keys, config.index_keys)
    contact_points.hand_over(database, personal, lambda *_, **said: None)
    assert sms.add_at_counter(clerk, WANG, OTHER, move=True).status_code == 200
    assert listed(clerk, f"/residents/{made}/phones") == []
    assert not clerk.get(f"/residents/{made}").json["kept_by_staff"]
    withdrawn: list[UUID] = []
    contact_points.hand_over(
        database, personal, lambda *_, **said: None, lambda *_, **said: None, lambda _, one: withdrawn.append(one)
    )
    assert withdrawn == [UUID(made)], "notify sends nothing more to the number"
    assert sms.add_at_counter(clerk, made, NEW).json["main"] is True
    clock.forward(hours=48)
    assert sms.sign_in(NEW).json["account"]["id"] == made


def test_children_have_contact_phones_only(sms: Sms, clerk: Caller) -> None:
    child = added_by_staff(clerk, name="小明", birth_year=2018)
    assert problem(sms.add_at_counter(clerk, child)) == (422, "too_young")
    assert clerk.post(f"/residents/{child}/phones", json={"phone": DAUGHTERS}).status_code == 200


# --- what follows the list ---


def test_any_phone_and_its_ending_finds_the_resident(sms: Sms, clerk: Caller, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    sms.add(wang)
    wang.post("/me/phones", json={"phone": DAUGHTERS})

    def found(query: str) -> list[str]:
        return [one["id"] for one in clerk.get("/search", query_string={"q": query}).json["people"]["items"]]

    for query in ("8000", NEW, "9000", DAUGHTERS, "19900000001", "王秀"):
        assert WANG in found(query), query
    assert clerk.post("/residents/lookup", json={"phone": NEW}).json["id"] == WANG
    wang.delete(f"/me/phones/{id_of(wang, NEW)}")
    assert found("8000") == [] and WANG in found("9000")
    assert clerk.post("/residents/lookup", json={"phone": NEW}).status_code == 404


def test_a_merge_joins_the_lists(sms: Sms, clerk: Caller, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    wang.post("/me/phones", json={"phone": DAUGHTERS})
    goes = added_by_staff(clerk, phone=OTHER, contact_phone=DAUGHTERS)
    sms.add_at_counter(clerk, goes, NEW)
    clerk.post(f"/residents/{goes}/phones", json={"phone": "19900000001"})  # her own one, as somebody else's
    assert clerk.post(f"/residents/{WANG}/merge", json={"other_id": goes}).status_code == 200
    assert listed(wang)[0] == ("19900000001", "sign_in", True)
    assert set(listed(wang)[1:]) == {(OTHER, "sign_in", False), (NEW, "sign_in", False), (DAUGHTERS, "contact", True)}
    assert len(listed(wang)) == 4
    assert {sms.sign_in(phone).json["account"]["id"] for phone in (OTHER, NEW)} == {WANG}
    found = clerk.get("/search", query_string={"q": "8000"}).json["people"]["items"]
    assert [one["id"] for one in found] == [WANG]


def test_a_second_phone_in_a_new_key(sms: Sms, sign_in: SignIn, database: Engine, config: Settings, clerk: Caller) -> None:
    wang = sign_in("wang")
    sms.add(wang)
    keys, index_keys = [Fernet.generate_key().decode(), *config.encryption_keys], ["new-index-key", *config.index_keys]
    personal = PersonalFields(keys, index_keys)
    while True:
        with transaction(database) as session:
            if not renew(session, personal, limit=3):
                break
    only = PersonalFields(keys[:1], index_keys[:1])
    with reading(database) as session:
        rows = session.scalars(select(ResidentPhone)).all()
        assert {only.index(only.open(row.phone)) == row.phone_index for row in rows} == {True}
        assert {row.key_id for row in rows} == {personal.key_id}
        assert sorted(only.open(row.phone) for row in rows if str(row.account_id) == WANG) == [
            f"+86{NEW}", "+8619900000001",
        ]  # fmt: skip


def test_the_form_of_the_counter_changes_the_main_ones_only(sms: Sms, clerk: Caller) -> None:
    elder = added_by_staff(clerk, contact_phone=DAUGHTERS)
    path = f"/residents/{elder}/phones"
    clerk.post(path, json={"phone": OTHER})
    assert listed(clerk, path) == [(DAUGHTERS, "contact", True), (OTHER, "contact", False)]
    assert clerk.put(f"/residents/{elder}", json={"name": "李奶奶"}).json["contact_phone"] == f"+86{OTHER}"
    assert listed(clerk, path) == [(OTHER, "contact", True)]
    assert clerk.put(f"/residents/{elder}", json={"name": "李奶奶", "contact_phone": NEW}).status_code == 200
    assert listed(clerk, path) == [(NEW, "contact", True)]
    assert clerk.put(f"/residents/{elder}", json={"name": "李奶奶"}).json["contact_phone"] is None
    assert listed(clerk, path) == []


def test_a_file_with_any_of_the_phones_is_about_the_same_resident(sms: Sms, clerk: Caller, sign_in: SignIn) -> None:
    with_two = added_by_staff(clerk, name="马爷爷", phone=OTHER)
    sms.add_at_counter(clerk, with_two, NEW)
    content = "姓名,本人手机号\n马爷爷," + NEW + "\n"
    found = sign_in("admin").post(
        "/imports?community_id=liuyi", data={"kind": "residents", "file": (BytesIO(content.encode()), "list.csv")}
    )
    assert found.json["counts"] == {"new": 0, "changed": 0, "unchanged": 1, "error": 0}


def test_the_export_has_all_phones(sms: Sms, sign_in: SignIn, answering: FakeServices) -> None:
    wang = sign_in("wang")
    sms.add(wang)
    wang.post("/me/phones", json={"phone": DAUGHTERS})
    phones = wang.get("/me/export").json["account"]["phones"]
    assert [(one["phone"], one["use"], one["main"]) for one in phones] == [
        ("+8619900000001", "sign_in", True), (f"+86{NEW}", "sign_in", False), (f"+86{DAUGHTERS}", "contact", True),
    ]  # fmt: skip


def test_an_erasure_frees_all_phones(sms: Sms, sign_in: SignIn, database: Engine, clock: Clock) -> None:
    wang, li = sign_in("wang"), sign_in("li")
    sms.add(wang)
    li.post("/me/household")
    li.post("/me/household/invitations", json={"phone": NEW})
    assert wang.post("/me/erasure").status_code == 201
    clock.forward(days=30)
    run(database, clock)
    with reading(database) as session:
        for table in ("resident_phone", "account_search"):
            left = session.scalar(text(f"SELECT count(*) FROM {table} WHERE account_id = :id"), {"id": WANG})  # noqa: S608
            assert left == 0, table
        assert session.scalar(text("SELECT count(*) FROM household_invitation")) == 0
    assert sms.sign_in(NEW).json["account"]["id"] != WANG


def test_another_phone_that_becomes_the_main_one_while_keys_change(
    sms: Sms, clerk: Caller, database: Engine, config: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    elder = added_by_staff(clerk, phone=OTHER)
    sms.add_at_counter(clerk, elder, NEW)
    old = "an-older-index-key"
    before = PersonalFields(config.encryption_keys, [old]).index(f"+86{NEW}")
    with transaction(database) as session:
        row = ResidentPhone.account_id == UUID(elder)
        session.scalars(select(ResidentPhone).where(row, ~ResidentPhone.main)).one().phone_index = before
    personal = PersonalFields(config.encryption_keys, [*config.index_keys, old])
    monkeypatch.setitem(clerk.client.application.extensions, "linli.personal", personal)
    assert clerk.put(f"/residents/{elder}", json={"name": "李奶奶", "phone": NEW}).json["phone"] == f"+86{NEW}"
    assert listed(clerk, f"/residents/{elder}/phones") == [(NEW, "sign_in", True)]


def test_a_household_invites_by_any_phone(sms: Sms, sign_in: SignIn) -> None:
    wang, li = sign_in("wang"), sign_in("li")
    sms.add(wang)
    assert li.post("/me/household").status_code == 201
    assert li.post("/me/household/invitations", json={"phone": NEW}).status_code == 201
    assert len(wang.get("/me/household/invitations").json["items"]) == 1


def test_the_last_release_keeps_the_list(sms: Sms, sign_in: SignIn, database: Engine, config: Settings) -> None:
    """It changes the account only; the trigger follows."""
    wang = sign_in("wang")
    sms.add(wang)
    personal = PersonalFields(config.encryption_keys, config.index_keys)

    def put(phone: str | None, column: str = "phone") -> None:
        values = {"phone": personal.seal(phone), "index": personal.index(phone)} if phone else {"phone": None, "index": None}
        with transaction(database) as session:
            statement = f"UPDATE account SET {column} = :phone, {column}_index = :index WHERE id = :id"  # noqa: S608
            session.execute(text(statement), values | {"id": WANG})

    put(f"+86{OTHER}")
    assert listed(wang) == [(OTHER, "sign_in", True), (NEW, "sign_in", False)]
    put(f"+86{NEW}")
    assert listed(wang) == [(NEW, "sign_in", True)]
    put(f"+86{DAUGHTERS}", "contact_phone")
    put(None, "contact_phone")
    assert listed(wang) == [(NEW, "sign_in", True)]
