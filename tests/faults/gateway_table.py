"""The second table: what happens at the gateway. It has no stock side, because stock nameko has no gateway."""

from dataclasses import dataclass

GATEWAY_FAULTS = 9
HEAD = "| fault | promised | measured |\n|---|---|---|\n"
PAGE = """
## At the gateway
A whole district (`linli up`) runs for these faults.

"""


@dataclass(frozen=True, slots=True)
class Held:
    """A promise that was kept, with what was measured."""

    code: str
    title: str
    promised: str
    measured: str

    def line(self) -> str:
        return f"| **{self.code}** {self.title} | {self.promised} | {self.measured} |\n"


def table(rows: list[Held]) -> str:
    return PAGE + HEAD + "".join(row.line() for row in rows) if rows else ""
