"""What there is to do at a visit or on a day of a stay: from the copied care sheet and the extras."""

from dataclasses import dataclass
from hashlib import sha256

from django.utils.translation import gettext as _

from bookings.models import Booking, BookingPet
from bookings.services.care import care_label
from profiles.kinds import Kind, Species

MAX_TASKS = 40


@dataclass(frozen=True)
class Task:
    """`detail` is what the owner wrote about it; `is_must` a line the sitter ticked at acceptance."""

    text: str
    detail: str = ""
    is_must: bool = False

    @property
    def key(self) -> str:
        return sha256(self.text.encode()).hexdigest()[:16]


def tasks_of(booking: Booking) -> list[Task]:
    """Must-follow lines first. Expects booking_pets and lines prefetched where many are shown."""
    pets = list(booking.booking_pets.all())
    found = [Task(f"{pet.name}: {line}", is_must=True) for pet in pets for line in pet.must_follow]
    for pet in pets:
        found += _of_pet(pet, Kind(booking.kind))
    if booking.kind != Kind.DOG_WALK:
        found.append(Task(_("Fresh water")))
    found += [Task(line.sentence) for line in booking.lines.all() if line.rule == "add_on"]
    first = {task.text: task for task in reversed(found)}  # a medicine is often a must-follow line
    return sorted(first.values(), key=found.index)[:MAX_TASKS]


def _of_pet(pet: BookingPet, kind: Kind) -> list[Task]:
    said = dict(pet.care_sheet.get("care", ()))
    medication = said.get(care_label("medication"), "")
    tasks = [Task(f"{pet.name}: {line}") for line in _lines(medication)]
    if kind != Kind.DOG_WALK:
        tasks.append(_task(pet, _("feeding"), said.get(care_label("feeding"), "")))
        if pet.species == Species.CAT:
            tasks.append(_task(pet, _("litter tray")))
    if pet.species == Species.DOG:
        tasks.append(_task(pet, _("walk"), said.get(care_label("walks"), "")))
    return tasks


def _task(pet: BookingPet, what: str, detail: str = "") -> Task:
    return Task(f"{pet.name}: {what}", detail=detail)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
