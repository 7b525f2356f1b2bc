"""The interface of notify: its verbs, with requests, answers and refusals."""

from chassis.rpc.interface import Interface
from services.notify.interface import codes, contact_points, feed, notifications, relatives, reminders, staff_messages

NOTIFY = Interface("notify", notifications, contact_points, codes, feed, relatives, reminders, staff_messages)
