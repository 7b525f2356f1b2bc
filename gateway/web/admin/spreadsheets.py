"""Tables as files for spreadsheet programs. Values are text, and never formulas."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from gateway.offload import offload

Table = Sequence[Sequence[str]]  # rows of texts; the first has the titles
# A spreadsheet program takes a value that begins with one of these for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(kind: str, table: Table) -> bytes:
    """The table as a file of the kind `csv` or `xlsx`. The work is done in a thread."""
    return offload(_xlsx if kind == "xlsx" else _csv, table)


def _csv(table: Table) -> bytes:
    """With a byte order mark, so that Excel reads it as UTF-8. What looks like a formula gets an apostrophe in front."""
    text = StringIO()
    csv.writer(text).writerows([_harmless(value) for value in row] for row in table)
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value


def _xlsx(table: Table) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in table:
        sheet.append(list(_cells(sheet, row)))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _cells(sheet: Any, row: Sequence[str]) -> Iterable[Any]:
    for value in row:
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"  # text, also if it begins with "="
        yield cell
