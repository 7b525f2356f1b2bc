"""Lotteries for the most wanted times. Everybody reads them and their public files, residents enter, admins make and draw
them."""

from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.lotteries import (
    ENTER_LOTTERY,
    GET_LOTTERY,
    GET_LOTTERY_ENTRY,
    GET_LOTTERY_RECORD,
    LIST_LOTTERIES,
    LIST_LOTTERY_ENTRIES,
    WITHDRAW_ENTRY,
)
from services.booking.interface.managed_lotteries import (
    CANCEL_LOTTERY,
    CLOSE_LOTTERY,
    DRAW_LOTTERY,
    MAKE_LOTTERY,
    PREVIEW_LOTTERY,
    SEE_QUARTERS,
)

lotteries = Resource("lotteries", "抽签 · Lotteries for the most wanted times")
_ADMIN = staff("admin")
_NAMES = {"resident_id": "resident_name"}
_ONE = "/lotteries/<uuid:lottery_id>"
_ENTRY = "/lottery-entries/<uuid:entry_id>"
_NEXT = ("getLottery", "getLotteryRecord", "previewLottery", "cancelLottery")

lotteries.expose(LIST_LOTTERIES, "GET /lotteries", who=MAYBE_SIGNED_IN, links=links("lottery_id", *_NEXT[:2], value=FIRST_ITEM))
lotteries.expose(MAKE_LOTTERY, "POST /lotteries", who=_ADMIN, created="/lotteries", links=links("lottery_id", *_NEXT))
lotteries.expose(SEE_QUARTERS, "GET /lotteries/quarters", who=_ADMIN)
lotteries.expose(GET_LOTTERY, f"GET {_ONE}", who=MAYBE_SIGNED_IN, refuses=(422,))
lotteries.expose(GET_LOTTERY_RECORD, f"GET {_ONE}/record", who=MAYBE_SIGNED_IN, refuses=(422,))
lotteries.expose(ENTER_LOTTERY, f"POST {_ONE}/entries", who=SIGNED_IN)
lotteries.expose(PREVIEW_LOTTERY, f"POST {_ONE}/preview", who=_ADMIN)
lotteries.expose(CLOSE_LOTTERY, f"POST {_ONE}/close", who=_ADMIN)
lotteries.expose(DRAW_LOTTERY, f"POST {_ONE}/draw", who=_ADMIN)
lotteries.expose(CANCEL_LOTTERY, f"POST {_ONE}/cancel", who=_ADMIN)
lotteries.expose(
    LIST_LOTTERY_ENTRIES,
    "GET /lottery-entries",
    who=SIGNED_IN,
    names=_NAMES,
    links=links("entry_id", "getLotteryEntry", "withdrawEntry", value=FIRST_ITEM),
)
lotteries.expose(GET_LOTTERY_ENTRY, f"GET {_ENTRY}", who=SIGNED_IN, names=_NAMES)
lotteries.expose(WITHDRAW_ENTRY, f"POST {_ENTRY}/withdraw", who=SIGNED_IN)
