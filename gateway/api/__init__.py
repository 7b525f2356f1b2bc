"""The REST API, /api/v1. One module per resource: it translates HTTP to verbs of services and to functions on accounts."""

from flask import Flask

from gateway.api import openapi
from gateway.api.api_keys import keys
from gateway.api.appeals import appeals
from gateway.api.audit_log import audit_log
from gateway.api.auth import auth
from gateway.api.bookings import bookings
from gateway.api.calendars import calendars
from gateway.api.case_lists import case_lists
from gateway.api.cases import cases
from gateway.api.check_ins import check_ins
from gateway.api.clubs import club_events, clubs
from gateway.api.communities import communities
from gateway.api.counters import managed_queues, ticket_queues
from gateway.api.doors import doors
from gateway.api.equipment import equipment
from gateway.api.explanations import explanations
from gateway.api.factors import factors
from gateway.api.families import families
from gateway.api.imports import imports
from gateway.api.limits import limits
from gateway.api.live_settings import live_settings
from gateway.api.locks import locks
from gateway.api.lotteries import lotteries
from gateway.api.managed_spaces import managed_spaces
from gateway.api.me import me
from gateway.api.merging import merging
from gateway.api.notifications import contact_points, notifications, sink
from gateway.api.own_data import own_data
from gateway.api.phones import phones
from gateway.api.photos import photos
from gateway.api.questions import questions
from gateway.api.registrations import registrations
from gateway.api.residents import residents
from gateway.api.resource import Resource
from gateway.api.search import search
from gateway.api.sections import sections
from gateway.api.series import series
from gateway.api.space_photos import space_photos
from gateway.api.spaces import spaces
from gateway.api.staff import staff_accounts
from gateway.api.statistics import statistics
from gateway.api.streams import streams
from gateway.api.substitutes import substitutes
from gateway.api.systems import systems
from gateway.api.waits import waits

RESOURCES: list[Resource] = [
    communities,
    live_settings,
    sections,
    spaces,
    space_photos,
    locks,
    managed_spaces,
    bookings,
    check_ins,
    appeals,
    doors,
    equipment,
    series,
    questions,
    ticket_queues,
    managed_queues,
    waits,
    lotteries,
    limits,
    explanations,
    statistics,
    case_lists,
    cases,
    photos,
    clubs,
    club_events,
    registrations,
    calendars,
    notifications,
    contact_points,
    sink,
    streams,
    auth,
    me,
    phones,
    own_data,
    factors,
    residents,
    search,
    families,
    merging,
    staff_accounts,
    substitutes,
    imports,
    systems,
    keys,
    audit_log,
]


def install(app: Flask) -> None:
    openapi.install(app, RESOURCES)
