"""Words of the export and of the receipt of an erasure. A code that is not here is shown as it is."""

from chassis.rpc.interface import Words

STATES = Words(
    {
        "requested": ("等待注销", "Waiting"),
        "kept": ("已撤回，账号保留", "Taken back; the account was kept"),
        "closing": ("正在注销", "Being erased"),
        "erasing": ("正在注销", "Being erased"),
        "reporting": ("正在注销", "Being erased"),
        "done": ("已注销", "Erased"),
    }
)
SERVICES = Words(
    {
        "gateway": ("账号", "Account"),
        "booking": ("场地预约", "Bookings of spaces"),
        "cases": ("事项", "Cases"),
        "events": ("活动与社团", "Activities and clubs"),
        "notify": ("通知", "Notifications"),
    }
)
ERASED = Words(
    {
        "account": ("姓名、手机号、登录和同意记录", "Name, phone number, sign-ins and consents"),
        "photos": ("未用于事项的照片", "Photos that are in no case"),
        "coming_bookings": ("尚未开始的预约，已取消", "Bookings to come, cancelled"),
        "reporter": ("事项中的反映人", "The reporter of cases"),
        "coming_registrations": ("尚未开始的报名，已取消", "Registrations to come, cancelled"),
        "memberships": ("社团成员资格", "Memberships of clubs"),
        "contact_points": ("联系方式", "Contact points"),
        "notifications": ("通知的内容", "The text of notifications"),
    }
)
KEPT = Words(
    {
        "bookings": ("过去的预约", "Past bookings"),
        "cases": ("已办结的事项", "Closed cases"),
        "open_cases": ("还在办理的事项", "Cases that are still open"),
        "registrations": ("过去的报名", "Past registrations"),
    }
)
REASONS = Words(
    {
        "statistics": ("不含个人身份，只用于统计", "Without the person, for statistics only"),
        "archive": ("不含反映人，作为事项档案保存", "Without the reporter, as the file of the case"),
        "open": ("不含反映人，继续办理", "Without the reporter; the work goes on"),
    }
)
SECTIONS = Words(
    {
        "account": ("账号", "Account"),
        "community_moves": ("换社区的记录", "Moves to another community"),
        "consents": ("对隐私声明的同意", "Consents to privacy notices"),
        "sessions": ("登录的设备", "Devices"),
        "wechat_links": ("关联的微信", "Linked WeChat"),
        "reveals": ("谁看过我的资料", "Who looked at my data"),
        "photos": ("上传的照片", "Uploaded photos"),
        "bookings": ("场地预约", "Bookings of spaces"),
        "series": ("重复预约", "Series of bookings"),
        "waits": ("候补", "Waiting for a time"),
        "refused_attempts": ("没约上的记录", "Attempts that were refused"),
        "cases": ("反映的事项", "Reported cases"),
        "case_steps": ("事项的办理过程", "Steps of the cases"),
        "registrations": ("活动报名", "Registrations"),
        "club_memberships": ("社团", "Clubs"),
        "contact_points": ("联系方式", "Contact points"),
        "reminders": ("提醒我", "How I am reminded"),
        "notifications": ("通知", "Notifications"),
    }
)
