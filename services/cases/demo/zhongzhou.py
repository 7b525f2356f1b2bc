"""What residents of 中州社区 brought to their centre, and what happened to it."""

from services.cases.demo.story import Story, about, accept, dispatch, step

STORIES = (
    Story(
        "zhongzhou-noise",
        "liang",
        6,
        about("petition", "order-noise", "中州路工地夜间施工，影响休息。", 1, address="中州路北段工地"),
        (accept(1),),
    ),
    Story(
        "zhongzhou-lift",
        "luo",
        52,
        about("walk_in", "housing-lift", "来访反映2号楼电梯经常困人。", 2),
        (
            accept(0.2),
            dispatch(0.5, "housing", "handler"),
            step("settle", "handler", 20, settlement="维保单位已更换门锁触点，物业每周检查一次。"),
        ),
    ),
    Story(
        "zhongzhou-study",
        "peng",
        9,
        about("suggestion_box", "centre-suggestion", "建议共享书房增加插座。"),
    ),
)
