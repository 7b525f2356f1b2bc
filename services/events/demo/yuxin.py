"""The club of the 育新社区 centre and its club events in one week."""

from services.events.demo.programme import Club, Offer, Programme

PROGRAMME = Programme(
    "organiser.yuxin",
    (
        Club("yuxin-club", "neighbour", "culture", "育新文体社", "Yuxin culture and sports club",
             "书画、球类和节庆活动，邻里一起来。", "Calligraphy, ball games and festivals among neighbours.",
             ("shen", "han", "bai")),
    ),
    (
        Offer("yuxin-calligraphy", "yuxin-club", "elders", 2,
              ("书画课：行书临帖", "Calligraphy: running script"),
              ("笔墨由社区准备。", "Brushes and ink are provided."),
              "长者活动室", "elders", (("09:30", 90, 16),), (("shen", 1), ("bai", 1))),
        Offer("yuxin-basketball", "yuxin-club", "neighbour", 6,
              ("楼栋篮球友谊赛", "Basketball among the buildings"),
              ("三人一队，现场组队也行。", "Teams of three; come alone and find one."),
              "育新篮球场", "families", (("16:00", 120, 12),), (("han", 3),)),
        Offer("yuxin-couplets", "yuxin-club", "elders", 4,
              ("写春联活动（筹备中）", "Spring couplets (in preparation)"),
              ("时间待定。", "The time is to be settled."),
              "育新议事厅", "everyone", (("14:00", 120, 30),), draft=True),
    ),
    {"长者活动室": "yuxin-elders-room", "育新篮球场": "yuxin-basketball-court", "育新议事厅": "yuxin-meeting-room"},
)  # fmt: skip
