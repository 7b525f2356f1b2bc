"""What a measure found: a table, and the goals it was measured against."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """`met` is the verdict on `figure`, which `wanted` is compared with; all three are for people."""

    what: str
    wanted: str
    figure: str
    met: bool

    @classmethod
    def at_least(cls, what: str, wanted: float, figure: float, unit: str = "") -> "Goal":
        return cls(what, f"≥ {_number(wanted)}{unit}", f"{_number(figure)}{unit}", figure >= wanted)

    @classmethod
    def at_most(cls, what: str, wanted: float, figure: float, unit: str = "") -> "Goal":
        return cls(what, f"≤ {_number(wanted)}{unit}", f"{_number(figure)}{unit}", figure <= wanted)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


@dataclass(slots=True)
class Section:
    """`rows` are as wide as `header`; `text` says how it was measured."""

    title: str
    text: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
