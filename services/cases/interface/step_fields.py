"""The fields that steps of a case ask for."""

from chassis.rpc.interface.fields import Code, Flag, Id, OneOf, Text, demo_example
from services.cases.interface.states import OUTCOMES
from services.cases.interface.step import StepField, both

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
    label=both("您对办理满意吗？", "Are you satisfied with how it was settled?"),
    yes=both("满意", "Satisfied"),
    no=both("不满意", "Not satisfied"),
    field=Flag(),
    column="satisfied",
)
SOLVED = StepField(
    name="solved",
    kind="flag",
    label=both("问题解决了吗？", "Has the problem been solved?"),
    yes=both("已解决", "Solved"),
    no=both("没有解决", "Not solved"),
    field=Flag(),
    column="solved",
)
COMMENT = StepField(
    name="comment", label=both("想说的话", "Anything to add"), field=Text(most=1000, example="处理得很快。"), words=True
)
QUESTION = StepField(
    name="question",
    label=both("请居民补充什么（居民可见）", "What the reporter should add (the resident sees it)"),
    field=Text(required=True, most=1000, example="请问是哪一栋楼的路灯？"),
    words=True,
)
ANSWER = StepField(
    name="answer",
    label=both("补充说明", "Your answer"),
    field=Text(required=True, most=2000, example="3 号楼东侧的路灯。"),
    words=True,
)
OUTCOME = StepField(
    name="outcome",
    kind="outcome",
    label=both("办理结论", "How it ended"),
    blank=both("未说明", "Not stated"),
    field=OneOf(*OUTCOMES, example="solved", description="how it ended; missing: not stated"),
    column="outcome",
)
