"""The club of the 中州社区 centre and its club events in one week."""

from services.events.demo.programme import Club, Offer, Programme

PROGRAMME = Programme(
    "organiser.zhongzhou",
    (
        Club("zhongzhou-arts", "neighbour", "culture", "中州文艺社", "Zhongzhou arts club",
             "广场舞、合唱和读书会，新人有人教。", "Square dance, choir and reading; newcomers are taught.", ("luo", "peng")),
    ),
    (
        Offer("zhongzhou-dance", "zhongzhou-arts", "neighbour", 3,
              ("广场舞公益课", "Square dance for beginners"),
              ("零基础可学，请穿软底鞋。", "No experience needed; please wear soft shoes."),
              "中州舞蹈室", "everyone", (("19:00", 90, 24),), (("luo", 1), ("peng", 2))),
        Offer("zhongzhou-reading", "zhongzhou-arts", "smart", 7,
              ("周日读书会", "Sunday reading circle"),
              ("本周共读《边城》。", "This week: Border Town."),
              "共享书房", "everyone", (("15:00", 90, 3),), (("peng", 2), ("liang", 2))),
        Offer("zhongzhou-choir", "zhongzhou-arts", "neighbour", 5,
              ("社区合唱专场（筹备中）", "Choir evening (in preparation)"),
              ("曲目待定。", "The songs are to be chosen."),
              "中州舞蹈室", "everyone", (("19:00", 90, 30),), draft=True),
    ),
    {"中州舞蹈室": "zhongzhou-dance-room", "共享书房": "zhongzhou-study"},
)  # fmt: skip
