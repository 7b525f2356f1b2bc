"""The cases service: the verbs of its features, and its subscriptions to the directory and to erased accounts."""

from datetime import UTC, datetime

from chassis.background.periodic import periodic
from chassis.database.engine import transaction
from chassis.messaging.erasure import ErasureRead
from chassis.messaging.merging import AccountMergedRead
from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.call import Call
from chassis.service import Service
from services.cases.cases import use_cases as cases
from services.cases.erasure import use_cases as erasure
from services.cases.intake import use_cases as intake
from services.cases.interface import CASES
from services.cases.merged_accounts import use_cases as merged_accounts
from services.cases.publication import use_cases as publication
from services.cases.reference import copies
from services.cases.reference import use_cases as reference
from services.cases.reference.messages import DepartmentRead, GridRead, NumberedCommunityRead, StaffRead
from services.cases.slips import use_cases as slips
from services.cases.steps import lost_handlers
from services.cases.steps import use_cases as steps


class CasesService(Service):
    name = "cases"
    interface = CASES
    use_cases = (reference, cases, publication, intake, steps, slips)

    # The names of the handlers are in the names of their queues, so they stay. Copies have versions, so order does not matter.
    @subscribe("gateway", "community.changed.v1", reader=NumberedCommunityRead)
    def keep_community(self, call: Call, message: Received) -> None:
        copies.keep_community(call.session, **message.data)

    @subscribe("gateway", "grid.changed.v1", reader=GridRead)
    def keep_grid(self, call: Call, message: Received) -> None:
        copies.keep_grid(call.session, **message.data)

    @subscribe("gateway", "account.erased.v1", reader=ErasureRead)
    def erase_account(self, call: Call, message: Received) -> None:
        merged_accounts.erase_merged(call, message.data["account_id"])
        erasure.erase_account(call, community_id=message.community_id, **message.data)

    @classmethod
    def erase_returned(cls, call: Call) -> int:
        return erasure.erase_returned(call)

    @subscribe("gateway", "department.changed.v1", reader=DepartmentRead)
    def keep_department(self, call: Call, message: Received) -> None:
        copies.keep_department(call.session, **message.data)

    @subscribe("gateway", "account.work_changed.v1", reader=StaffRead)
    def keep_staff(self, call: Call, message: Received) -> None:
        copies.keep_staff(call.session, **message.data)
        lost_handlers.return_lost(call)

    # More than one message can carry, and a case that was dispatched while its handler was switched off.
    @periodic(seconds=600.0)
    def return_lost(self) -> bool:
        with transaction(self.database) as session:
            return lost_handlers.return_lost(Call(session, datetime.now(UTC))) == lost_handlers.MOST

    # The name of the handler is in the name of its queue, so it stays. Merges are remembered, so order does not matter.
    @subscribe("gateway", "account.merged.v1", reader=AccountMergedRead)
    def move_to_merged_account(self, call: Call, message: Received) -> None:
        merged_accounts.account_merged(call, **message.data)

    @periodic(seconds=600.0)
    def move_what_came_late(self) -> None:
        with transaction(self.database) as session:
            merged_accounts.move_what_came_late(Call(session, datetime.now(UTC)))
