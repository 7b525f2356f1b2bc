"""Signing in to the demo: its accounts are admitted, its residents all have one code, and the pages show both.

`install` is called where LINLI_DEMO is on. Elsewhere nothing here runs, and gateway.accounts.admission keeps accounts of the
demo out: their passwords are public.
"""

from dataclasses import dataclass

from flask import Flask

from gateway.accounts.admission import Admission
from gateway.accounts.models import Account
from gateway.demo.people import RESIDENTS

CODE = "246810"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the sign-in pages tell (`demo` in templates)."""

    code: str = CODE
    phone: str = RESIDENTS[0].phone


def install(app: Flask) -> None:
    """Let the accounts of the demo in."""
    app.extensions["linli.admission"] = Admission(samples=True, fixed_code=fixed_code)
    notice = Notice()
    app.context_processor(lambda: {"demo": notice})


def fixed_code(account: Account) -> str | None:
    """The code of the demo's residents, who have no phone to send one to."""
    return CODE if account.sample else None
