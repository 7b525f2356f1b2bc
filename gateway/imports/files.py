"""Reads the rows of a CSV or XLSX file. Memory and time are bounded by the size of the file and the number of its rows.

CSV is UTF-8, with or without a byte order mark, or GB18030, which Chinese spreadsheet programs write. The separator is a comma,
a semicolon or a tab. What begins with `=`, `+`, `-` or `@` is text. The apostrophe that our exports put before such text is
removed.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from chassis import text as texts
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.imports.columns import FORMULA, TOO_MANY_CELLS, Column, Row
from gateway.offload import offload

FIELD = "file"
MOST_ROWS = 10_000
MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024  # of a workbook, which is a ZIP archive
MOST_COLUMNS = 100
MOST_LINES = 2 * MOST_ROWS  # with empty ones
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

FILE_TOO_LARGE = Rule("file_too_large", "At most {most} MB.", "文件最大 {most} MB。")
UNREADABLE_FILE = Rule(
    "unreadable_file",
    "This is no CSV in UTF-8 or GB18030, and no XLSX workbook.",
    "无法读取。请上传 CSV（UTF-8 或 GB18030 编码）或 XLSX 文件。",
)
TOO_MANY_LINES = Rule("too_many_rows", "At most {most} rows.", "最多 {most} 行。")
NO_ROWS = Rule("no_rows", "There are no rows below the titles.", "标题下面没有内容。")
UNKNOWN_COLUMN = Rule("unknown_column", "There is no column “{title}” in this list.", "没有“{title}”这一列。")
MISSING_COLUMN = Rule("missing_column", "The column “{title}” is missing.", "缺少“{title}”列。")
COLUMN_TWICE = Rule("column_twice", "The column “{title}” is there twice.", "“{title}”列出现了两次。")

Cells = Sequence[Any]


def read(content: bytes, columns: Sequence[Column], language: str, most: int = MOST_ROWS) -> list[Row]:
    """The rows of the file, without empty ones. The work is done in a thread. Raises InvalidField for the field `file`."""
    if len(content) > MOST_BYTES:
        raise InvalidField(FILE_TOO_LARGE, FIELD, most=MOST_BYTES // 1024 // 1024)
    return offload(_read, content, columns, language, most)


def _read(content: bytes, columns: Sequence[Column], language: str, most: int) -> list[Row]:
    lines = _workbook(content) if content.startswith(b"PK\x03\x04") else _csv(content)
    first = next(lines, None)
    codes = _codes(first[1] if first else [], columns, language)
    rows: list[Row] = []
    for line, cells in lines:
        if line > MOST_LINES:
            raise InvalidField(TOO_MANY_LINES, FIELD, most=most)
        if (row := _row(line, cells, codes)) is not None:
            rows.append(row)
        if len(rows) > most:
            raise InvalidField(TOO_MANY_LINES, FIELD, most=most)
    if not rows:
        raise InvalidField(NO_ROWS, FIELD)
    return rows


def _codes(titles: Cells, columns: Sequence[Column], language: str) -> list[str]:
    """The code of each title; empty for an empty one. Raises InvalidField."""
    known = {name.casefold(): column.code for column in columns for name in (column.code, column.zh, column.en)}
    found: list[str] = []
    for title in titles[:MOST_COLUMNS]:
        written = _text(title)
        if not written:
            found.append("")
        elif (code := known.get(written.casefold())) is None:
            raise InvalidField(UNKNOWN_COLUMN, FIELD, title=written[:60])
        elif code in found:
            raise InvalidField(COLUMN_TWICE, FIELD, title=written[:60])
        else:
            found.append(code)
    for column in columns:
        if column.required and column.code not in found:
            raise InvalidField(MISSING_COLUMN, FIELD, title=column.title(language))
    return found


def _row(line: int, cells: Cells, codes: Sequence[str]) -> Row | None:
    """None for an empty row."""
    if not any(_text(cell) for cell in cells):
        return None
    problems: list[tuple[str, Rule]] = []
    values = {code: "" for code in codes if code}
    for number, cell in enumerate(cells):
        code = codes[number] if number < len(codes) else ""
        if isinstance(cell, _Formula):
            problems.append((code, FORMULA))
        elif code:
            values[code] = _text(cell)
        elif _text(cell):
            problems.append(("", TOO_MANY_CELLS))
            break
    return Row(line, values, tuple(problems))


class _Formula(str):
    """The text of a cell of a workbook that has a formula."""


def _text(cell: Any) -> str:
    """The value of a cell as text, cleaned like all text that people write."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        cell = int(cell)
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    written = str(cell)
    if written.startswith("'") and written[1:].startswith(FORMULA_SIGNS):
        written = written[1:]
    return texts.cleaned(written)


def _csv(content: bytes) -> Iterator[tuple[int, Cells]]:
    text = _decoded(content)
    first = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    number = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InvalidField(UNREADABLE_FILE, FIELD) from error
        if cells is None:
            return
        number += 1
        yield number, cells


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidField(UNREADABLE_FILE, FIELD)


def _workbook(content: bytes) -> Iterator[tuple[int, Cells]]:
    """The rows of the first sheet."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise InvalidField(FILE_TOO_LARGE, FIELD, most=MOST_UNPACKED // 1024 // 1024)
        book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
        for number, row in enumerate(book.worksheets[0].iter_rows(max_col=MOST_COLUMNS), start=1):
            yield number, [_Formula(cell.value) if cell.data_type == "f" else cell.value for cell in row]
    except InvalidField:
        raise
    except (
        BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        OSError,
        SyntaxError,
        EOFError,
        NotImplementedError,
    ) as error:
        # openpyxl has no error of its own for a damaged workbook. SyntaxError: the XML is malformed.
        raise InvalidField(UNREADABLE_FILE, FIELD) from error
