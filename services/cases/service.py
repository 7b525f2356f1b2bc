"""The cases service: the verbs of its features."""

from chassis.service import Service
from services.cases.cases import use_cases as cases
from services.cases.intake import use_cases as intake
from services.cases.interface import CASES
from services.cases.reference import use_cases as reference
from services.cases.steps import use_cases as steps


class CasesService(Service):
    name = "cases"
    interface = CASES
    use_cases = (reference, cases, intake, steps)
