"""The scenes of the day, in the order in which they are played."""

from tour.day import Scene
from tour.scenes.case import photo_case
from tour.scenes.counter import elder_without_a_phone
from tour.scenes.court import race_for_a_court
from tour.scenes.day_care import elder_books_through_grid_worker
from tour.scenes.table_tennis import event_fills_and_its_list_moves

SCENES: tuple[tuple[str, Scene], ...] = (
    ("09:00  日间照料室 — an elder books the day-care room through her grid worker", elder_books_through_grid_worker),
    ("09:30  窗口 — an elder without a phone is served at the counter", elder_without_a_phone),
    ("10:00  羽毛球场 — two residents race for the same court", race_for_a_court),
    ("11:00  随手拍 — a photo case, from the street to the settlement", photo_case),
    ("14:00  乒乓球 — a table-tennis event fills up, and the waiting list moves", event_fills_and_its_list_moves),
)
