"""What cases can be asked."""

from chassis.rpc.interface import Interface
from services.cases.interface import cases, reference, steps

CASES = Interface("cases", reference, cases, steps)
