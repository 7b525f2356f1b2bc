"""What the tests of habits look at: the files of the project, as text and as syntax."""

import ast
import subprocess
from functools import cache
from pathlib import Path

from chassis import service_registry

ROOT = Path(__file__).parents[2]
SERVICES = tuple(sorted(set(service_registry.names()) - {"gateway"}))


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Files under version control or about to be, so that build folders and other people's scratch do not count."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(sorted(ROOT / name for name in names if name.endswith(".py") and (ROOT / name).exists()))


@cache
def syntax(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def called_name(call: ast.Call) -> str:
    """`sleep` for `time.sleep(1)` and for `sleep(1)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def module_files(service: str, name: str) -> tuple[Path, ...]:
    """Every feature's `<name>.py` of the service, or the files of the folder that it grew into."""
    folder = f"services/{service}"
    return python_files(f":(glob){folder}/**/{name}.py", f":(glob){folder}/**/{name}/**")


def where(file: Path, node: ast.stmt | ast.expr) -> str:
    return f"{file.relative_to(ROOT)}:{node.lineno}"
