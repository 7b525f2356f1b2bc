"""The building blocks of a service's interface, which is declared once for caller and callee.

    BOOK = Command(
        "booking.book_space",
        "Book a space",
        takes=BookSpace(),
        gives=Booking(),
        refuses=(NotFound, SpaceTaken),
    )

The service's entrypoints, the gateway's client, the OpenAPI document and the test doubles are made from these verbs. An
interface imports only marshmallow and this package. A word list stands beside the fields that use it; models use it too.
"""

from chassis.rpc.interface.answers import (
    Answer,
    Versioned,
    flag,
    identifier,
    list_of,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.interface.field_errors import FieldError
from chassis.rpc.interface.fields import (
    Bilingual,
    Code,
    Count,
    Decimal,
    Expecting,
    Flag,
    Id,
    ListOf,
    Moment,
    OneOf,
    Paged,
    Part,
    Pattern,
    Request,
    Secret,
    Text,
    check_order,
    demo_example,
)
from chassis.rpc.interface.verbs import Command, Interface, Query, Verb
from chassis.rpc.interface.words import Words
from chassis.rpc.rules import Rule

__all__ = [
    "Answer",
    "Bilingual",
    "Code",
    "Command",
    "Count",
    "Decimal",
    "Expecting",
    "FieldError",
    "Flag",
    "Id",
    "Interface",
    "ListOf",
    "Moment",
    "OneOf",
    "Paged",
    "Part",
    "Pattern",
    "Query",
    "Request",
    "Rule",
    "Secret",
    "Text",
    "Verb",
    "Versioned",
    "Words",
    "check_order",
    "demo_example",
    "flag",
    "identifier",
    "list_of",
    "moment",
    "names",
    "number",
    "page_of",
    "text",
    "word",
]
