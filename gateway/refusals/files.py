"""Refusals about imports and exported files."""

from chassis.rpc.refusal import Refusal


class ImportChanged(Refusal):
    code = "imports.changed"
    kind = "conflict"
    en = "Something has changed since the check, so the rows were checked again. Please look at them again."
    zh = "检查之后数据有变化，已重新检查，请再看一遍。"


class ImportHasErrors(Refusal):
    code = "imports.has_errors"
    kind = "conflict"
    en = "{count} rows have errors. Nothing is imported until every row is right."
    zh = "有 {count} 行有错误。全部改正后才能导入。"


class ImportDone(Refusal):
    code = "imports.done"
    kind = "conflict"
    en = "This import has been carried out already."
    zh = "这次导入已经完成，不能再次导入。"


class TooManyRows(Refusal):
    code = "export.too_many_rows"
    kind = "invalid"
    en = "The file would have more than {most} rows. Narrow the list with its filters."
    zh = "导出的内容超过 {most} 行，请先用筛选缩小范围。"
