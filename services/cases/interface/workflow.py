"""The workflow of a case as a table.

    reported ──accept──▶ accepted ──dispatch──▶ dispatched ──settle──▶ settled ──close──▶ closed
        └──────decline──────┤ ▲◀──────return──────┘                       │                  │
                            ▼ └────────────────────reopen─────────────────┴──────────────────┘
                         declined ──reopen──▶ accepted

A dispatched case can be handed over to another handler. It stays dispatched. It returns by itself if its handler cannot
settle it any more (`HANDLER_LEFT`).

The requests, the HTTP routes, the forms of the pages, the rules and the labels of a step are made from its row. The answer
of a case offers the steps in the order of the table. docs/how-to/step-of-a-case.md adds a step.
"""

from collections.abc import Set

from chassis.rpc.interface.fields import Code, Flag, Id, Text, demo_example
from chassis.rpc.interface.words import Words
from services.cases.interface.states import State as S
from services.cases.interface.step import Role as R
from services.cases.interface.step import Step, StepField, both, by_source, facts_of

REPORT = "report"  # The first line of every history. It is not a step, because the case has no state before it.
DESK = {R.CLERK, R.SUPERVISOR}

CATEGORY = StepField(
    name="category",
    kind="category",
    label=both("更正类别", "Correct the category"),
    blank=both("不更正", "Leave as it is"),
    field=Code(example="facilities-light"),
    column="category",
)
DEPARTMENT = StepField(
    name="department_id",
    kind="department",
    label=both("承办单位", "Department"),
    field=Id(required=True, example=demo_example("department", "public-works")),
    column="department",
)
HANDLER = StepField(
    name="handler_id",
    kind="handler",
    label=both("承办人", "Handler"),
    blank=both("由承办单位安排", "The department decides"),
    field=Id(example=demo_example("account", "handler"), description="a member of staff; see GET /staff"),
    column="handler_id",
)
NEW_HANDLER = StepField(
    name="new_handler_id",
    kind="handler",
    label=both("新承办人", "New handler"),
    field=Id(required=True, example=demo_example("account", "handler"), description="a member of staff; see GET /staff"),
    column="handler_id",
)
NOTE = StepField(
    name="note", label=both("内部备注", "Internal note"), field=Text(most=1000, example="已核实位置。"), words=True
)
_REASON = Text(required=True, most=1000, example="不属于本社区职责范围。")
REASON = StepField(name="reason", label=both("原因（居民可见）", "Reason (the resident sees it)"), field=_REASON, words=True)
WHY_RETURNED = StepField(name="reason", label=both("退单原因", "Why it is returned"), field=_REASON, words=True)
SETTLEMENT = StepField(
    name="settlement",
    label=both("办理结果（居民可见）", "Outcome (the resident sees it)"),
    field=Text(required=True, most=2000, example="已更换灯泡。"),
    column="settlement",
    words=True,
)
SATISFIED = StepField(
    name="satisfied",
    kind="flag",
    label=both("问题解决得怎么样？", "How was it settled?"),
    yes=both("满意", "Satisfied"),
    no=both("不满意", "Not satisfied"),
    field=Flag(),
    column="satisfied",
)
COMMENT = StepField(
    name="comment", label=both("想说的话", "Anything to add"), field=Text(most=1000, example="处理得很快。"), words=True
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
        says=(SETTLEMENT,),
        message="case.settled.v1",
        public=True,
    ),
    Step(
        name="close",
        label=both("结案", "Close"),
        taken=both("已结案", "Closed"),
        summary="Close a settled case",
        description="For the reporter, who may rate the result, and for supervisors.",
        sources={S.SETTLED},
        target=S.CLOSED,
        roles={R.REPORTER, R.SUPERVISOR},
        says=(SATISFIED, COMMENT),
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
        sources={S.SETTLED, S.CLOSED, S.DECLINED},
        target=S.ACCEPTED,
        roles={R.SUPERVISOR},
        says=(REASON,),
        undoes={S.DISPATCHED, S.SETTLED, S.CLOSED, S.DECLINED},
        message="case.reopened.v1",
        public=True,
    ),
)
# A step that nobody takes. It has no verb and no button.
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
BY_SOURCE = by_source(TABLE)
BY_NAME = {row.name: row for row in TABLE}  # any row of the name, because all of them ask and say the same
MESSAGES = {row.name: row.message for row in (*TABLE, HANDLER_LEFT)}
FACTS = facts_of(TABLE)
STEPS = Words({name: (row.label["zh-CN"], row.label["en"]) for name, row in BY_NAME.items()})
# What a line of the history says.
STEPS_TAKEN = Words(
    {REPORT: ("已提交", "Reported")}
    | {row.name: (row.taken["zh-CN"], row.taken["en"]) for row in (*BY_NAME.values(), HANDLER_LEFT)}
)


def offered(state: str, roles: Set[str]) -> list[Step]:
    """The steps that a person with `roles` may take on a case in `state`, in the order of the table."""
    return [row for row in TABLE if state in row.sources and not row.roles.isdisjoint(roles)]


def roles_of_step(name: str) -> set[R]:
    """The roles that may take the step in some state."""
    return {role for row in TABLE if row.name == name for role in row.roles}
