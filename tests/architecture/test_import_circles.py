"""No module imports itself through other modules, not even for the type checker."""

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


@pytest.mark.parametrize("package", ["chassis", "services", "gateway"])
def test_no_module_imports_itself_through_others(package: str) -> None:
    graph = grimp.build_graph(package, exclude_type_checking_imports=False)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))
