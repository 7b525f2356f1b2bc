"""What a service may be asked, declared once for both sides.

    BOOK = Command(
        "booking.book_space",
        "Book a space",
        takes=BookSpace(),
        gives=Booking(),
        refuses=(NotFound, SpaceTaken),
    )

The service's entrypoints, the gateway's client, the OpenAPI document and the test doubles are made from it. An interface
imports marshmallow and this package only; its word lists and refusals are free of marshmallow, so that models may use them.
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
