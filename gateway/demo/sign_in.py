"""Sign-in to the demo: its accounts are admitted, all its residents have the same code, and the pages show a phone and the
code.

`install` is called if LINLI_DEMO is on. Otherwise nothing of this module runs, and gateway.accounts.admission refuses the
demo's accounts, because their passwords are public.
"""

from dataclasses import dataclass

from flask import Flask

from gateway.accounts.admission import Admission
from gateway.accounts.models import Account
from gateway.demo.people import RESIDENTS

CODE = "246810"


@dataclass(frozen=True, slots=True)
class Notice:
    """The data on the sign-in pages (`demo` in templates)."""

    code: str = CODE
    phone: str = RESIDENTS[0].phone


def install(app: Flask) -> None:
    """Admit the demo's accounts."""
    app.extensions["linli.admission"] = Admission(samples=True, fixed_code=fixed_code)
    notice = Notice()
    app.context_processor(lambda: {"demo": notice})


def fixed_code(account: Account) -> str | None:
    """The code of the demo's residents. They have no real phone."""
    return CODE if account.sample else None
