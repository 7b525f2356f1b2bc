"""The columns of an import, and rules about cells and files."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import text as texts
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import BLANK, CONTROL_CHARACTERS, REQUIRED, TOO_LONG, Rule

FORMULA = Rule("formula", "A cell with a formula is not read. Paste its value instead.", "不读取公式，请粘贴为数值。")
TOO_MANY_CELLS = Rule("too_many_cells", "The row has more cells than there are titles.", "这一行的单元格比标题多。")
DUPLICATE_ROW = Rule("duplicate_row", "Row {line} is about the same.", "与第 {line} 行重复。")
NOT_YES_OR_NO = Rule("not_yes_or_no", "Please write yes or no.", "请填“是”或“否”。")
AMBIGUOUS = Rule(
    "ambiguous",
    "Several residents have this name. Add the year of birth or the contact phone.",
    "有多位居民同名，请补充出生年份或联系电话。",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its code, with its titles in Chinese and in English. A file may use any of the three."""

    code: str
    zh: str
    en: str
    required: bool = False
    most: int = 200
    example: str = ""

    def title(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file. `line` is its number in the file; the titles are line 1. `cells` are its texts by the codes of the
    columns that the file has. `problems` are rules that the reader of the file found broken: (column, rule)."""

    line: int
    cells: dict[str, str]
    problems: tuple[tuple[str, Rule], ...] = ()

    def get(self, code: str) -> str | None:
        """The text of a cell. None if it is empty, or if the file has no such column."""
        return self.cells.get(code) or None

    def has(self, code: str) -> bool:
        """Whether the file has the column."""
        return code in self.cells


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell that breaks `rule`; `details` fill its sentence."""

    column: str
    rule: Rule
    details: dict[str, object]


def problems_of(row: Row, columns: Sequence[Column]) -> list[CellProblem]:
    """What is wrong with the cells, whatever the list is: required and empty, too long, with control characters."""
    found = [CellProblem(column, rule, {}) for column, rule in row.problems]
    for column in columns:
        value = row.cells.get(column.code, "")
        if column.required and not value:
            found.append(CellProblem(column.code, REQUIRED, {}))
        elif len(value) > column.most:
            found.append(CellProblem(column.code, TOO_LONG, {"most": column.most}))
        elif value and texts.has_control_characters(value):
            found.append(CellProblem(column.code, CONTROL_CHARACTERS, {}))
        elif value and not texts.is_visible(value):
            found.append(CellProblem(column.code, BLANK, {}))
    return found


def yes_or_no(row: Row, code: str, *, default: bool) -> bool:
    """A cell with yes or no. An empty one is `default`. Raises InvalidField."""
    words = {"是": True, "yes": True, "true": True, "1": True, "否": False, "no": False, "false": False, "0": False}
    if (value := row.get(code)) is None:
        return default
    if value.casefold() not in words:
        raise InvalidField(NOT_YES_OR_NO, code)
    return words[value.casefold()]


def several(row: Row, code: str) -> list[str]:
    """A cell with several values, separated by commas, semicolons, spaces or 、."""
    text = row.get(code) or ""
    for sign in "，、;；\n":
        text = text.replace(sign, ",")
    return [part.strip() for part in text.replace(" ", ",").split(",") if part.strip()]
