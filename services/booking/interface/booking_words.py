"""Words about bookings that several parts use: their states, and why staff decide as they do."""

from chassis.rpc.interface.words import Words

STATES = Words(
    {
        "confirmed": ("已预约", "Booked"),
        "requested": ("待审批", "Waiting for approval"),
        "cancelled": ("已取消", "Cancelled"),
        "no_show": ("未到场", "Nobody came"),
        "declined": ("未获同意", "Declined"),
        "lapsed": ("逾期失效", "Lapsed"),
    }
)
ACTIVE = ("confirmed", "requested")  # those that are not over: what is to come, and what counts for limits
# Why staff move or cancel a booking. The resident reads it, so these words are all there are.
STAFF_REASONS = Words(
    {
        "asked": ("您来电或到窗口要求", "You asked for it by phone or at the counter"),
        "official_use": ("中心另有安排", "The centre needs the space"),
        "maintenance": ("设备维护", "Maintenance"),
        "safety": ("安全原因", "Safety"),
        "weather": ("天气原因", "The weather"),
        "duplicate": ("重复预约", "It was booked twice"),
        "rules": ("不符合预约规定", "It goes against the rules for bookings"),
        "other": ("其他原因，详情请致电服务中心", "Another reason; please call the centre"),
    }
)
# What can be in the way of a clerk who blocks a time.
IN_USE = Words(
    {
        "booking": ("已有预约", "a booking"),
        "request": ("有待审批的申请", "a request that waits for approval"),
        "session": ("有活动场次", "a session of an event"),
        "offer": ("已为候补的人保留", "it is held for somebody who waits"),
        "lottery": ("由抽签决定", "a lottery decides it"),
        "closure": ("已经关闭", "it is closed already"),
    }
)
# Why an approver declines a request. The resident reads it.
DECLINE_REASONS = Words(
    {
        "official_use": ("中心另有安排", "The centre needs the space"),
        "unsuitable": ("用途不适合该场地", "The space does not suit the purpose"),
        "unclear": (
            "申请内容不清楚，请补充用途和人数",
            "It is not clear what for; please say the purpose and the number of people",
        ),
        "rules": ("不符合预约规定", "It goes against the rules for bookings"),
        "other": ("其他原因，详情请致电服务中心", "Another reason; please call the centre"),
    }
)
# All reasons that a declined request can have: those, and what the service says itself.
DECLINED_BECAUSE = Words(
    {
        **{code: (label["zh-CN"], label["en"]) for code, label in DECLINE_REASONS.labels.items()},
        "given_to_another": ("该时间已给了另一个申请", "The time was given to another request"),
        "closed": ("该时间场地不开放", "The space is closed then"),
    }
)
