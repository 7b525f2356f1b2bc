"""The workflow of a case as a table.

    reported ──accept──▶ accepted ──dispatch──▶ dispatched ──settle──▶ settled ──close──▶ closed
        └──────decline──────┤ ▲◀──────return──────┘                       │                  │
                            ▼ └────────────────────reopen─────────────────┴──────────────────┘
                         declined ──reopen──▶ accepted

Beside the way:
    accepted, dispatched ──suspend──▶ suspended ──resume──▶ the state before
    reported, accepted, dispatched ──ask──▶ asked ──answer, resume──▶ the state before
    settled ──close with a "no"──▶ disputed ◀──object── settled, closed
    disputed ──reopen──▶ accepted, disputed ──uphold──▶ closed
    a case that is not settled ──withdraw──▶ withdrawn, ──void──▶ voided ──reopen──▶ accepted

Who answers "no" when a case is closed does not close it: the case goes to the supervisor (`DISSATISFIED`, ADR 0088).

A dispatched case can be handed over to another handler. It stays dispatched. It returns by itself if its handler cannot
settle it any more (`HANDLER_LEFT`).

The requests, the HTTP routes, the forms, the rules and the labels of a step are made from its row. The answer of a case offers
the steps in the order of the table. docs/how-to/step-of-a-case.md adds a step.
"""

from collections.abc import Set
from dataclasses import replace

from chassis.rpc.interface.words import Words
from services.cases.interface.states import UNSETTLED
from services.cases.interface.states import State as S
from services.cases.interface.step import PREVIOUS, Step, both, by_source, facts_of
from services.cases.interface.step import Role as R
from services.cases.interface.step_fields import (
    ANSWER,
    CATEGORY,
    COMMENT,
    DEPARTMENT,
    HANDLER,
    NEW_HANDLER,
    NOTE,
    OUTCOME,
    QUESTION,
    REASON,
    SATISFIED,
    SETTLEMENT,
    SOLVED,
    WHY_RETURNED,
)

REPORT = "report"  # The first line of every history. It is not a step, because the case has no state before it.
DESK = {R.CLERK, R.SUPERVISOR}

# Steps that nobody takes. They have no verb and no button.
HANDLER_LEFT = Step(
    name="handler_left",
    label=both("承办人已离岗", "The handler has left"),
    taken=both("承办人已离岗，退回窗口", "Returned to the desk: the handler has left"),
    summary="",
    sources={S.DISPATCHED},
    target=S.ACCEPTED,
    roles=frozenset(),
    undoes={S.DISPATCHED},
    message="case.returned.v1",
)
DISSATISFIED = Step(
    name="dissatisfied",
    label=both("居民不认可", "The reporter does not agree"),
    taken=both("居民不认可办理结果，转督办", "The reporter does not agree; the supervisor decides"),
    summary="",
    sources={S.SETTLED},
    target=S.DISPUTED,
    roles=frozenset(),
    says=(SOLVED, SATISFIED, COMMENT),
    message="case.disputed.v1",
    public=True,
)

ASK = Step(
    name="ask",
    label=both("请居民补充", "Ask the reporter"),
    taken=both("已请居民补充", "The reporter was asked"),
    summary="Ask the reporter for more",
    sources={S.REPORTED, S.ACCEPTED},
    target=S.ASKED,
    roles=DESK,
    says=(QUESTION,),
    message="case.asked.v1",
    public=True,
)

# Clerks return and settle as well, because most departments answer by telephone and have no account.
TABLE = (
    Step(
        name="accept",
        label=both("受理", "Accept"),
        taken=both("已受理", "Accepted"),
        summary="Accept a case",
        sources={S.REPORTED},
        target=S.ACCEPTED,
        roles=DESK,
        says=(CATEGORY, NOTE),
        message="case.accepted.v1",
    ),
    Step(
        name="dispatch",
        label=both("派单", "Dispatch"),
        taken=both("已派单", "Dispatched"),
        summary="Dispatch a case to a department",
        sources={S.ACCEPTED},
        target=S.DISPATCHED,
        roles=DESK,
        says=(DEPARTMENT, HANDLER, NOTE),
        message="case.dispatched.v1",
    ),
    Step(
        name="hand_over",
        label=both("转办", "Hand over"),
        taken=both("已转办", "Handed over"),
        summary="Hand a dispatched case over to another handler",
        sources={S.DISPATCHED},
        target=S.DISPATCHED,
        roles=DESK,
        says=(NEW_HANDLER, NOTE),
        message="case.handed_over.v1",
    ),
    Step(
        name="settle",
        label=both("办结", "Settle"),
        taken=both("已办结", "Settled"),
        summary="Settle a case",
        sources={S.DISPATCHED},
        target=S.SETTLED,
        roles=DESK | {R.HANDLER},
        says=(SETTLEMENT, OUTCOME),
        message="case.settled.v1",
        public=True,
    ),
    Step(
        name="close",
        label=both("结案", "Close"),
        taken=both("已结案", "Closed"),
        summary="Close a settled case",
        description="For the reporter, who may rate the result, and for supervisors. Whoever answers `false` to `solved` or "
        "`satisfied` does not close the case: it comes into the state `disputed`, and a supervisor decides.",
        sources={S.SETTLED},
        target=S.CLOSED,
        roles={R.REPORTER, R.SUPERVISOR},
        says=(SOLVED, SATISFIED, COMMENT),
        if_no=DISSATISFIED,
        message="case.closed.v1",
        public=True,
    ),
    Step(
        name="decline",
        label=both("不受理", "Decline"),
        taken=both("不予受理", "Declined"),
        summary="Decline a case, with a reason",
        sources={S.REPORTED, S.ACCEPTED},
        target=S.DECLINED,
        roles=DESK,
        says=(REASON,),
        message="case.declined.v1",
        public=True,
    ),
    Step(
        name="return",
        label=both("退单", "Return"),
        taken=both("已退单", "Returned"),
        summary="Return a case, with a reason",
        sources={S.DISPATCHED},
        target=S.ACCEPTED,
        roles=DESK | {R.HANDLER},
        says=(WHY_RETURNED,),
        undoes={S.DISPATCHED},
        message="case.returned.v1",
    ),
    Step(
        name="reopen",
        label=both("重新办理", "Reopen"),
        taken=both("已重新办理", "Reopened"),
        summary="Reopen a case, with a reason",
        sources={S.SETTLED, S.CLOSED, S.DECLINED, S.DISPUTED, S.WITHDRAWN, S.VOIDED},
        target=S.ACCEPTED,
        roles={R.SUPERVISOR},
        says=(REASON,),
        undoes={S.DISPATCHED, S.SETTLED, S.CLOSED, S.DECLINED, S.DISPUTED, S.WITHDRAWN, S.VOIDED},
        message="case.reopened.v1",
        public=True,
    ),
    Step(
        name="object",
        label=both("申请重办", "Ask to reopen"),
        taken=both("居民申请重办，转督办", "The reporter asks to reopen; the supervisor decides"),
        summary="Ask to reopen a settled or closed case",
        description="For the reporter. A supervisor reopens the case or upholds the result.",
        sources={S.SETTLED, S.CLOSED},
        target=S.DISPUTED,
        roles={R.REPORTER},
        says=(REASON,),
        undoes={S.CLOSED},
        message="case.disputed.v1",
        public=True,
    ),
    Step(
        name="uphold",
        label=both("维持原结果", "Uphold the result"),
        taken=both("督办维持原结果，已结案", "Upheld by the supervisor and closed"),
        summary="Uphold the result of a disputed case, with a reason",
        sources={S.DISPUTED},
        target=S.CLOSED,
        roles={R.SUPERVISOR},
        says=(REASON,),
        undoes={S.DISPUTED},
        message="case.upheld.v1",
        public=True,
    ),
    ASK,
    replace(ASK, sources={S.DISPATCHED}, roles=DESK | {R.HANDLER}),
    Step(
        name="answer",
        label=both("补充说明", "Answer"),
        taken=both("居民已补充", "The reporter has answered"),
        summary="Answer what the centre asked",
        description="For the reporter. The case goes back to the state in which the centre asked.",
        sources={S.ASKED},
        target=PREVIOUS,
        roles={R.REPORTER},
        says=(ANSWER,),
        message="case.answered.v1",
        public=True,
    ),
    Step(
        name="suspend",
        label=both("挂账", "Suspend"),
        taken=both("已挂账", "Suspended"),
        summary="Suspend a case that has to wait, with a reason",
        sources={S.ACCEPTED, S.DISPATCHED},
        target=S.SUSPENDED,
        roles=DESK,
        says=(REASON,),
        message="case.suspended.v1",
        public=True,
    ),
    Step(
        name="resume",
        label=both("恢复办理", "Resume"),
        taken=both("已恢复办理", "Resumed"),
        summary="Go on with a suspended case, or without the reporter's answer",
        sources={S.SUSPENDED, S.ASKED},
        target=PREVIOUS,
        roles=DESK,
        says=(NOTE,),
        message="case.resumed.v1",
    ),
    Step(
        name="withdraw",
        label=both("撤回", "Withdraw"),
        taken=both("居民已撤回", "Withdrawn by the reporter"),
        summary="Withdraw a case that is not settled yet",
        description="For the reporter.",
        sources=set(UNSETTLED),
        target=S.WITHDRAWN,
        roles={R.REPORTER},
        says=(COMMENT,),
        message="case.withdrawn.v1",
        public=True,
    ),
    Step(
        name="void",
        label=both("作废", "Void"),
        taken=both("已作废", "Voided"),
        summary="Void a case that should not exist, with a reason",
        sources=set(UNSETTLED),
        target=S.VOIDED,
        roles={R.SUPERVISOR},
        says=(REASON,),
        message="case.voided.v1",
        public=True,
    ),
)
AUTOMATIC = (HANDLER_LEFT, DISSATISFIED)
BY_SOURCE = by_source(TABLE)
BY_NAME = {row.name: row for row in TABLE}  # any row of the name, because all of them ask and say the same
MESSAGES = {row.name: row.message for row in (*TABLE, *AUTOMATIC)}
FACTS = facts_of(TABLE)
STEPS = Words({name: (row.label["zh-CN"], row.label["en"]) for name, row in BY_NAME.items()})
# What a line of the history says.
STEPS_TAKEN = Words(
    {REPORT: ("已提交", "Reported")}
    | {row.name: (row.taken["zh-CN"], row.taken["en"]) for row in (*BY_NAME.values(), *AUTOMATIC)}
)


def offered(state: str, roles: Set[str]) -> list[Step]:
    """The steps that a person with `roles` may take on a case in `state`, in the order of the table."""
    return [row for row in TABLE if state in row.sources and not row.roles.isdisjoint(roles)]


def roles_of_step(name: str) -> set[R]:
    """The roles that may take the step in some state."""
    return {role for row in TABLE if row.name == name for role in row.roles}
