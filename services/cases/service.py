"""The cases service: the verbs of its features, and its subscriptions to the directory."""

from chassis.messaging.received import Received
from chassis.messaging.subscribe import subscribe
from chassis.rpc.call import Call
from chassis.service import Service
from services.cases.cases import use_cases as cases
from services.cases.intake import use_cases as intake
from services.cases.interface import CASES
from services.cases.reference import copies
from services.cases.reference import use_cases as reference
from services.cases.reference.messages import CommunityRead, GridRead
from services.cases.steps import use_cases as steps


class CasesService(Service):
    name = "cases"
    interface = CASES
    use_cases = (reference, cases, intake, steps)

    # The names of the handlers are in the names of their queues, so they stay. Copies have versions, so order does not matter.
    @subscribe("gateway", "community.changed.v1", reader=CommunityRead)
    def keep_community(self, call: Call, message: Received) -> None:
        copies.keep_community(call.session, **message.data)

    @subscribe("gateway", "grid.changed.v1", reader=GridRead)
    def keep_grid(self, call: Call, message: Received) -> None:
        copies.keep_grid(call.session, **message.data)
