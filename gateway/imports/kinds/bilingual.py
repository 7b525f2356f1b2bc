"""Names in two columns, and what a row changes of a record of the directory."""

from collections.abc import Mapping
from typing import Any

from gateway.imports.columns import Row

LONGEST = 80  # characters of a value that is shown


def both(row: Row, field: str, known: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """{"zh-CN": …, "en": …} from the columns `field`_zh and `field`_en. What the file has no column for is taken from `known`.
    None if there is neither."""
    found = {
        language: row.get(f"{field}_{suffix}") if row.has(f"{field}_{suffix}") else (known or {}).get(language)
        for language, suffix in (("zh-CN", "zh"), ("en", "en"))
    }
    if not any(found.values()):
        return None
    return {"zh-CN": found["zh-CN"] or found["en"]} | ({"en": found["en"]} if found["en"] else {})


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [_shown(before.get(name)), _shown(after[name])] for name in after if before.get(name) != after[name]}


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        value = " / ".join(str(part) for part in value.values())
    return value if not isinstance(value, str) or len(value) <= LONGEST else f"{value[:LONGEST]}…"
