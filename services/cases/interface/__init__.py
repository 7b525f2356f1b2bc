"""What cases can be asked."""

from chassis.rpc.interface import Interface
from services.cases.interface import cases, publication, reference, slips, steps

CASES = Interface("cases", reference, cases, publication, steps, slips)
