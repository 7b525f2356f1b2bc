"""The phones of residents: their own list, and the list at the counter."""

from typing import Any
from uuid import UUID

from gateway.accounts import codes
from gateway.accounts.interface.sign_in import CodeSent
from gateway.accounts.phone_list.interface import PHONES, AddPhone, AddResidentPhone, AskPhoneCode, Phone
from gateway.api import access
from gateway.api.access import SIGNED_IN
from gateway.api.resource import NO_CONTENT, Answer, Resource
from gateway.operations import phones as operations
from gateway.operations.residents import CLERKS
from gateway.refusals.residents import AccountIsClaimed, LastPhone, PhoneIsMain, PhoneNotYet, PhoneOfAnother, TooManyPhones
from gateway.refusals.sign_in import CodeWrong, ProofNeeded

phones = Resource("phones", "手机号 · Phones of residents")
_CLERKS = access.staff(*CLERKS)
_OWN, _OF = "/me/phones", "/residents/<uuid:account_id>/phones"


@phones.get(_OWN, "List your phones", answer=PHONES, needs=SIGNED_IN)
def list_phones() -> dict[str, Any]:
    return {"items": operations.list_own()}


@phones.post(
    f"{_OWN}/codes",
    "Ask for a code to add a phone",
    status=202,
    body=AskPhoneCode(),
    answer=CodeSent(),
    needs=SIGNED_IN,
    refuses=[ProofNeeded, 429],
    description="Sends six digits to the phone, whether or not another account has it.",
)
def ask_phone_code(body: dict[str, Any]) -> dict[str, Any]:
    operations.ask_code(body["phone"])
    return {"expires_in": int(codes.VALID_FOR.total_seconds())}


@phones.post(
    _OWN,
    "Add a phone",
    status=200,
    body=AddPhone(),
    answer=Phone(),
    needs=SIGNED_IN,
    refuses=[ProofNeeded, CodeWrong, PhoneOfAnother, TooManyPhones, 429],
    description="Needs a fresh proof (PUT /me/proofs). With `code` you can sign in with it; without, it is a phone of somebody "
    "else under which staff reach you, and others may have it too. A phone that is there already stays as it is.",
)
def add_phone(body: dict[str, Any]) -> dict[str, Any]:
    return operations.add(**body)


@phones.put(
    f"{_OWN}/<uuid:phone_id>/main",
    "Choose the main phone",
    answer=Phone(),
    needs=SIGNED_IN,
    refuses=[ProofNeeded, PhoneNotYet],
    description="Needs a fresh proof. Text messages go to it from now on; the phone before is told so.",
)
def choose_main_phone(phone_id: UUID) -> dict[str, Any]:
    return operations.choose_main(phone_id)


@phones.delete(
    f"{_OWN}/<uuid:phone_id>",
    "Remove a phone",
    needs=SIGNED_IN,
    refuses=[ProofNeeded, PhoneIsMain, LastPhone],
    description="Needs a fresh proof. The main phone can be removed after another one was chosen.",
)
def remove_phone(phone_id: UUID) -> Answer:
    operations.remove(phone_id)
    return NO_CONTENT


@phones.get(_OF, "List the phones of a resident", answer=PHONES, needs=_CLERKS, description="The access is logged.")
def list_resident_phones(account_id: UUID) -> dict[str, Any]:
    return {"items": operations.list_of(account_id)}


@phones.post(
    f"{_OF}/codes",
    "Ask for a code to add a phone of a resident",
    status=202,
    body=AskPhoneCode(),
    answer=CodeSent(),
    needs=_CLERKS,
    refuses=[429],
    description="For a resident who is there with the phone.",
)
def ask_resident_phone_code(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    operations.ask_code_of(account_id, body["phone"])
    return {"expires_in": int(codes.VALID_FOR.total_seconds())}


@phones.post(
    _OF,
    "Add a phone of a resident",
    status=200,
    body=AddResidentPhone(),
    answer=Phone(),
    needs=_CLERKS,
    refuses=[CodeWrong, PhoneOfAnother, TooManyPhones, 429],
    description="Logged. With the `code` that the resident tells, they can sign in with the phone; if they use the account "
    f"already, from {operations.WAIT_HOURS} hours later on. Without a code it is a contact phone.",
)
def add_resident_phone(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return operations.add_to(account_id, **body)


@phones.delete(
    f"{_OF}/<uuid:phone_id>",
    "Remove a phone of a resident",
    needs=_CLERKS,
    refuses=[AccountIsClaimed, PhoneIsMain, LastPhone],
    description="Logged. Phones with which residents sign in are removed by themselves.",
)
def remove_resident_phone(account_id: UUID, phone_id: UUID) -> Answer:
    operations.remove_from(account_id, phone_id)
    return NO_CONTENT
