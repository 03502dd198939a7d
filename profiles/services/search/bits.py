"""The bits of a search row: which days are taken, what is accepted, how the home is (pure)."""

from collections.abc import Iterable

from profiles.kinds import DogSize, Kind, Species
from profiles.models import SitterProfile

# --- days ----------------------------------------------------------------------------------
# 60 and not 63, so that a column never touches the sign and the arithmetic is easy to check.
DAYS_PER_COLUMN = 60
COLUMNS = 7
RING_DAYS = DAYS_PER_COLUMN * COLUMNS
FULL = (1 << DAYS_PER_COLUMN) - 1


def day_masks(days: Iterable[int]) -> list[int]:
    """Seven masks with the bits of these day numbers (`date.toordinal()`) set."""
    masks = [0] * COLUMNS
    for day in days:
        masks[day // DAYS_PER_COLUMN % COLUMNS] |= 1 << day % DAYS_PER_COLUMN
    return masks


# --- animals -------------------------------------------------------------------------------
_SPECIES = {species: 1 << number for number, species in enumerate(Species)}
_SIZES = {int(size): 1 << 7 + number for number, size in enumerate(DogSize)}
_MINUTES = (20, 30, 60)


def _visit_bit(species: str, minutes: int) -> int:
    """The bit of "has a price for visits of this length with this animal"."""
    return _SPECIES[species] << 11 + 7 * _MINUTES.index(minutes)


def accepts_bits(service: dict) -> int:
    """What one service of a snapshot takes; an animal without a price is not taken."""
    bits = 0
    kind = Kind(service["kind"])
    for species, minutes, *_cents in service["rates"]:
        if species not in service["species"]:
            continue
        if not kind.is_visits:
            bits |= _SPECIES[species] if minutes == 0 else 0
        elif minutes in _MINUTES:
            bits |= _SPECIES[species] | _visit_bit(species, minutes)
    for kg, bit in _SIZES.items():
        if kg <= service["max_dog_kg"]:
            bits |= bit
    return bits


def needed_accepts(species: Iterable[str], dog_kg: int | None, minutes: int) -> int:
    """The bits that these animals need; `dog_kg` is the heaviest dog's `DogSize`, if known."""
    bits = 0
    for one in species:
        bits |= _SPECIES[one]
        if minutes in _MINUTES:
            bits |= _visit_bit(one, minutes)
        if one == Species.DOG and dog_kg is not None:
            bits |= _SIZES[dog_kg]
    return bits


# --- home ----------------------------------------------------------------------------------
FENCED, SMOKE_FREE, NO_CHILDREN, NO_OWN_PETS, INSTANT = (1 << number for number in range(5))


def feature_bits(sitter: SitterProfile, service: dict) -> int:
    return (
        FENCED * sitter.has_fenced_yard
        | SMOKE_FREE * sitter.is_smoke_free
        | NO_CHILDREN * (sitter.children == SitterProfile.Children.NONE)
        | NO_OWN_PETS * (not sitter.own_pets)
        | INSTANT * service["is_instant"]
    )
