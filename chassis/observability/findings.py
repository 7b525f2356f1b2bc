"""What an examination found. `linli doctor` shows the findings of the chassis and those of each service: a service may have
a module `examinations` with a function `examine()` that yields them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what was found about `what`; `do` says what to do where that is not well."""

    state: Literal["ok", "note", "wrong"]
    what: str
    text: str
    do: str = ""
