"""What attackers do. Each module has one kind of trick. A trick says what to ask next, and hears what was answered."""

from random import Random

from bench.race.linli.scene import Scene
from bench.race.linli.tricks.alone import Bookings, Rooms
from bench.race.linli.tricks.closures import Closures
from bench.race.linli.tricks.counter import Counter
from bench.race.linli.tricks.desk import Desk
from bench.race.linli.tricks.door import Door
from bench.race.linli.tricks.requests import Requests
from bench.race.linli.tricks.series import SeriesOfBookings
from bench.race.linli.tricks.trick import Trick
from bench.race.linli.tricks.waits import Waits

# How often each is tried.
WEIGHTS: dict[type[Trick], int] = {
    Bookings: 26, Rooms: 8, SeriesOfBookings: 4, Requests: 16, Waits: 10, Door: 22, Desk: 5, Counter: 14, Closures: 1,
}  # fmt: skip


def all_tricks(scene: Scene, chance: Random) -> list[Trick]:
    return [trick(scene, chance) for trick in WEIGHTS]
