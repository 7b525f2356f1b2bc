"""What notify can be asked."""

from chassis.rpc.interface import Interface
from services.notify.interface import codes, contact_points, notifications

NOTIFY = Interface("notify", notifications, contact_points, codes)
