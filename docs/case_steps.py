"""Prints docs/case-steps.md: the steps of a case, as a diagram and as a table, made from the workflow's table."""

from services.cases.interface.states import STATES, State
from services.cases.interface.step import PREVIOUS, Step
from services.cases.interface.workflow import AUTOMATIC, TABLE

_HEAD = """# The steps of a case

Made from `services/cases/interface/workflow.py` by `make format`. Dashed arrows lead back to the state before.
"""


def _arrows(row: Step) -> list[str]:
    sources = [source for source in State if source in row.sources]
    if row.target == PREVIOUS:
        return [f"    {source} -. {row.name} .-> {source}_before([the state before])" for source in sources]
    return [f"    {source} -- {row.name} --> {row.target}" for source in sources]


def _line(row: Step) -> str:
    sources = ", ".join(f"`{source}`" for source in State if source in row.sources)
    target = "the state before" if row.target == PREVIOUS else f"`{row.target}`"
    roles = ", ".join(sorted(row.roles)) or "nobody: it happens by itself, or instead of another step"
    asks = ", ".join(f"`{said.name}`{' (required)' if said.required else ''}" for said in row.says) or "–"
    reads = "yes" if row.public else "no"
    name = f"{row.label['zh-CN']} / {row.label['en']} (`{row.name}`)"
    return f"| {name} | {roles} | {sources} | {target} | {asks} | `{row.message}` | {reads} |"


def page() -> str:
    """The whole page in Markdown."""
    rows = (*TABLE, *AUTOMATIC)
    states = [f'    {code}["{label["zh-CN"]}<br>{label["en"]}"]' for code, label in STATES.labels.items()]
    arrows = [arrow for row in rows for arrow in _arrows(row)]
    table = ["| step | who | from | to | asks for | message | the reporter reads its words |", "|---|---|---|---|---|---|---|"]
    diagram = "\n".join(["```mermaid", "flowchart LR", *states, *arrows, "```"])
    return "\n".join([_HEAD, diagram, "", *table, *map(_line, rows)])


if __name__ == "__main__":
    print(page())
