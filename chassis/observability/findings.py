"""Findings of `linli doctor`. It shows the findings of the chassis and of each service. A service may have a module
`doctor_checks` with a function `check()` that yields findings."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `linli doctor`. `what` is the thing that was checked and `text` is the result. If the result is bad, `do`
    is the advice."""

    state: Literal["ok", "note", "wrong"]
    what: str
    text: str
    do: str = ""
