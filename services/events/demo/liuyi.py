"""The clubs of the 六一社区 centre and their club events in one week."""

from services.events.demo.programme import Club, Offer, Programme

CLUBS = (
    Club("badminton", "neighbour", "sports", "羽毛球社", "Badminton club",
     "每周六上午练球，定期举办趣味竞技赛。", "Plays on Saturday mornings; friendly matches now and then.", ("li", "chen")),
    Club("table-tennis", "neighbour", "sports", "乒乓球社", "Table tennis club",
     "每周三晚切磋球艺，备战全民运动会。", "Meets on Wednesday evenings, training for the games.", ("li", "ma", "chen")),
    Club("song-dance", "neighbour", "culture", "歌舞社", "Song and dance club",
     "排练节庆节目，自编自演自乐。", "Rehearses for the festivals of the year.", ("wang", "zhang")),
    Club("drama", "elders", "culture", "戏剧社", "Drama club",
     "豫剧、越调戏迷相聚，一起学唱段。", "Friends of Yu and Yuediao opera sing together.", ("wang",)),
    Club("women-home", "neighbour", "culture", "妇女微家", "Women's home",
     "姐妹们的温馨小家：手工、家教、维权。", "Crafts, family talks and advice among women.", ("zhang", "ma")),
    Club("pomegranate-class", "smart", "learning", "石榴籽小课堂", "Pomegranate Seed class",
     "为各民族孩子开设的课后课堂：国学、书画、科普。", "After-school lessons for children of all peoples.", ("zhang",)),
    Club("volunteers", "convenience", "volunteer", "党员志愿者服务队", "Party members' volunteer team",
     "上门服务、社保咨询、助老助残。", "Home visits, social-security advice, help for elders.", ("li", "chen")),
    Club("talks", "convenience", "learning", "主题教育宣讲团", "Talks team",
     "请讲师进社区，讲政策、讲健康、讲安全。", "Brings speakers on policy, health and safety.", ()),
)  # fmt: skip

OFFERS = (
    Offer("talk", "talks", "convenience", 1,
          ("主题教育宣讲：医保新政与防诈骗", "Talk: new health insurance rules, and how to spot fraud"),
          ("区医保局讲师现场解答，欢迎街坊带着问题来。", "A speaker of the district's insurance office answers questions."),
          "汇星党员活动室", "everyone", (("15:00", 90, 60),), (("wang", 1), ("li", 1))),
    Offer("pomegranate", "pomegranate-class", "smart", 2,
          ("石榴籽小课堂：书法与国学", "Pomegranate Seed class: calligraphy and classics"),
          ("分两班上课，请家长按时接送。", "Two groups; parents please bring and fetch the children."),
          "图书阅览室", "children", (("16:30", 60, 20), ("18:00", 60, 20)), (("zhang", 1), ("ma-child", 1))),
    Offer("table-tennis", "table-tennis", "neighbour", 3,
          ("乒乓球趣味赛", "Table tennis for fun"),
          ("八人循环赛，备有球拍，新手也能来。", "Round robin of eight; bats are provided, beginners welcome."),
          "乒乓球室", "everyone", (("19:00", 120, 8),), (("li", 2), ("chen", 1), ("ma", 1))),
    Offer("spring-gala", "song-dance", "neighbour", 4,
          ("“社区村晚”春节文艺汇演排练", "Rehearsal for the Spring Festival gala"),
          ("歌舞、快板、戏曲联唱，报名即可参演。", "Song, dance, clapper talk and opera; join and you are on stage."),
          "汇星党员活动室", "everyone", (("14:30", 120, 30),), (("wang", 1), ("zhang", 2))),
    Offer("women-crafts", "women-home", "neighbour", 5,
          ("妇女微家：巧手编织沙龙", "Women's home: knitting afternoon"),
          ("材料由社区准备，可带孩子。", "Materials are provided; bring the children if you like."),
          "汇新公益创客中心", "women", (("15:00", 120, 16),), (("zhang", 1), ("ma", 1))),
    Offer("volunteer-advice", "volunteers", "convenience", 5,
          ("党员志愿者：社保咨询与上门帮办", "Volunteers: social-security advice and home visits"),
          ("两人一组，走访独居老人，代办社保认证。", "In pairs: visits to elders who live alone, with help for their papers."),
          "便民服务大厅", "volunteers", (("09:00", 150, 12),), (("li", 1), ("chen", 1)), weeks="odd"),
    Offer("badminton", "badminton", "neighbour", 6,
          ("羽毛球趣味竞技赛", "Badminton fun tournament"),
          ("家庭双打、投准、颠球接力，重在参与。", "Family doubles, target shots and relays; taking part is what counts."),
          "羽毛球场", "families", (("09:00", 150, 24),), (("chen", 2), ("li", 4))),
    Offer("vr-science", "pomegranate-class", "smart", 6,
          ("VR 科普体验：走进太空", "Science in VR: a walk in space"),
          ("八岁以上儿童，由家长陪同。", "For children of eight and over, with a parent."),
          "VR智慧生活馆", "children", (("14:30", 60, 6), ("16:00", 60, 6)),
          (("zhang", 3), ("ma", 3), ("chen", 1)), weeks="even"),
    Offer("opera", "drama", "elders", 7,
          ("戏迷会：豫剧名段大家唱", "Opera friends: Yu opera favourites"),
          ("琴师现场伴奏，茶水管够。", "With live accompaniment, and tea."),
          "老年康乐中心活动厅", "elders", (("14:30", 120, 50),), (("wang", 2),)),
    Offer("peoples-games", "badminton", "neighbour", 7,
          ("全民运动会社区选拔赛（筹备中）", "People's games: the community's trials (in preparation)"),
          ("项目与场地待定。", "Disciplines and courts to be settled."),
          "羽毛球场", "everyone", (("09:00", 180, 40),), draft=True, equipment=(("speakers", 1),)),
)  # fmt: skip

# Locations that can be booked, and the codes of these spaces in booking's demo.
SPACE_OF = {
    "汇星党员活动室": "activity-room",
    "图书阅览室": "reading-room",
    "汇新公益创客中心": "maker-centre",
    "VR智慧生活馆": "vr-hall",
    "羽毛球场": "badminton-hall",
}

PROGRAMME = Programme("organiser", CLUBS, OFFERS, SPACE_OF)
