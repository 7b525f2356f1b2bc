"""The lists that can be imported, one module each."""

from gateway.imports.engine import Kind
from gateway.imports.kinds.communities import COMMUNITIES
from gateway.imports.kinds.grids import GRIDS
from gateway.imports.kinds.residents import RESIDENTS
from gateway.imports.kinds.staff import STAFF

KINDS_BY_NAME: dict[str, Kind] = {"residents": RESIDENTS, "staff": STAFF, "grids": GRIDS, "communities": COMMUNITIES}
