"""What residents of 育新社区 brought to their centre, and what happened to it."""

from services.cases.demo.story import Story, about, accept, dispatch, step

STORIES = (
    Story(
        "yuxin-bench",
        "shen",
        4,
        about("suggestion_box", "centre-suggestion", "希望在小游园加两张长椅，老人走累了有地方坐。", 1),
    ),
    Story(
        "yuxin-light",
        "grid",
        28,
        about("street_talk", "facilities-light", "学校后巷路灯不亮，晚自习的孩子走夜路。", 2),
        (accept(1), dispatch(2, "public-works", "handler", note="学生放学路段")),
    ),
    Story(
        "yuxin-insurance",
        "bai",
        100,
        about("walk_in", "livelihood-social_security", "咨询异地就医备案怎么办。", 1),
        (
            accept(0.1),
            dispatch(0.2, "social-security", "handler"),
            step("settle", "handler", 2, settlement="已协助在手机上完成备案，并说明报销流程。"),
            step("close", "bai", 20, satisfied=True),
        ),
    ),
)
