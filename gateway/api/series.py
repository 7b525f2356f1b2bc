"""Series of bookings. Residents see their own, staff at the desk those of their communities. Other systems see the bookings."""

from gateway.api.access import ANY_STAFF, SIGNED_IN
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.requests import ACCEPT_SERIES_REQUESTS, DECLINE_SERIES_REQUESTS
from services.booking.interface.series import (
    ADD_SERIES_DATE,
    BOOK_SERIES,
    CANCEL_SERIES,
    CHANGE_SERIES,
    GET_SERIES,
    LIST_SERIES,
    PREVIEW_SERIES,
)

series = Resource("series", "重复预约 · Bookings that repeat by a rule")
_NAMES = {"resident_id": "resident_name"}
_ONE = "/series/<uuid:series_id>"
_NEXT = ("getSeries", "cancelSeries", "changeSeries", "addSeriesDate")

series.expose(LIST_SERIES, "GET /series", who=SIGNED_IN, names=_NAMES, links=links("series_id", *_NEXT, value=FIRST_ITEM))
series.expose(BOOK_SERIES, "POST /series", who=SIGNED_IN, created="/series", links=links("series_id", *_NEXT))
series.expose(PREVIEW_SERIES, "POST /series/preview", who=SIGNED_IN)
series.expose(GET_SERIES, f"GET {_ONE}", who=SIGNED_IN, names=_NAMES)
series.expose(CANCEL_SERIES, f"POST {_ONE}/cancel", who=SIGNED_IN)
series.expose(CHANGE_SERIES, f"POST {_ONE}/change", who=SIGNED_IN)
series.expose(ACCEPT_SERIES_REQUESTS, f"POST {_ONE}/accept", who=ANY_STAFF)
series.expose(DECLINE_SERIES_REQUESTS, f"POST {_ONE}/decline", who=ANY_STAFF)
series.expose(ADD_SERIES_DATE, f"POST {_ONE}/dates", who=SIGNED_IN)
