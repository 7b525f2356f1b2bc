"""One process that attacks Indico by its own code, as the controllers of its room booking do. It runs in Indico's environment,
without Linli: `worker.py prepare` adds rooms and a user and prints their ids, `worker.py attack SEED ATTEMPTS SECONDS` prints a
tally as JSON. INDICO_CONFIG names the configuration."""

# ruff: noqa: DTZ001, DTZ011  Indico's times have no zone

import json
import random
import sys
import time
from collections import Counter
from datetime import date, datetime, timedelta

from indico.core.db import db
from indico.core.errors import NoReportError
from indico.modules.rb.models.locations import Location
from indico.modules.rb.models.reservations import RepeatFrequency, Reservation
from indico.modules.rb.models.rooms import Room
from indico.modules.users import User
from indico.modules.users.operations import create_user
from indico.web.flask.app import make_app

ROOMS, DAYS = 6, 3
MOMENT, TOGETHER = 0.5, 0.3  # seconds; the share of wishes that all have together
NAME = "race@example.com"


def prepare():
    user = create_user(NAME, {"first_name": "Race", "last_name": "Race"})
    location = Location(name="Race")
    db.session.add(location)
    for number in range(ROOMS):
        location.rooms.append(
            Room(location=location, building="1", floor="1", number=str(number), owner=user, capacity=20, is_reservable=True)
        )
    db.session.commit()


def attack(seed, attempts, seconds):
    """Book, move and cancel until `attempts` were made or `seconds` have passed. Each attempt is one transaction."""
    chance, outcomes = random.Random(seed), Counter()
    user_id = User.query.filter(User.all_emails == NAME).one().id
    room_ids = [room.id for room in Room.query.filter(~Room.is_deleted).order_by(Room.id)]
    mine, made, began = [], 0, time.monotonic()
    while made < attempts and time.monotonic() < began + seconds:
        verb = chance.choices(["book", "move", "cancel", "series"], [6, 2, 2, 1])[0] if mine else "book"
        made += 1
        try:
            booking = _act(verb, chance, user_id, room_ids, mine)
            db.session.commit()
            outcomes[verb] += 1
            if verb == "cancel":
                mine.remove(booking.id)
            elif verb in ("book", "series"):
                mine.append(booking.id)
        except NoReportError:
            db.session.rollback()
            outcomes[verb + ": refused"] += 1
        except Exception as error:  # counted and shown, as the answers of a broken system
            db.session.rollback()
            outcomes[f"{verb}: {type(error).__name__}"] += 1
        db.session.remove()
    json.dump({"attempts": made, "outcomes": outcomes, "seconds": time.monotonic() - began}, sys.stdout)


def _act(verb, chance, user_id, room_ids, mine):
    user = User.get(user_id)
    if verb == "cancel":
        booking = Reservation.get(chance.choice(mine))
        booking.cancel(user, silent=True)
        return booking
    # Often all processes have the same wish at the same moment, as the attackers of Linli have.
    wish = random.Random(int(time.monotonic() / MOMENT)) if chance.random() < TOGETHER else chance
    day = date.today() + timedelta(days=1 + wish.randrange(DAYS))
    starts_at = datetime(day.year, day.month, day.day, 9) + timedelta(minutes=30 * wish.randrange(20))
    data = {
        "start_dt": starts_at,
        "end_dt": starts_at + timedelta(minutes=wish.choice([30, 60, 90])),
        "repeat_frequency": RepeatFrequency.NEVER,
        "repeat_interval": 0,
        "booking_reason": "race",
    }
    if verb == "series":
        data |= {"repeat_frequency": RepeatFrequency.DAY, "repeat_interval": 1}
        data["end_dt"] = data["end_dt"] + timedelta(days=DAYS - 1)
    if verb == "move":
        booking = Reservation.get(chance.choice(mine))
        data |= {"repeat_frequency": booking.repeat_frequency, "repeat_interval": booking.repeat_interval}
        if booking.repeat_frequency != RepeatFrequency.NEVER:
            data["end_dt"] = data["end_dt"] + timedelta(days=DAYS - 1)
        booking.modify(data, user)
        return booking
    return Reservation.create_from_data(Room.get(wish.choice(room_ids)), data, user, prebook=False, ignore_admin=True)


if __name__ == "__main__":
    app = make_app()
    with app.app_context():
        if sys.argv[1] == "prepare":
            prepare()
        else:
            attack(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
