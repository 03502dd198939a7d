"""What a price depends on, as plain values, and how to read it from a sitter's snapshot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.conf import settings

from profiles.kinds import Kind


class RateCard(NamedTuple):
    """Cents for one unit with one species (a tuple, because search builds hundreds of them)."""

    base_cents: int
    additional_cents: int = 0
    holiday_cents: int | None = None
    young_cents: int | None = None
    young_additional_cents: int | None = None


class PetFacts(NamedTuple):
    """What a price needs to know of an animal. `is_young`: under 12 months on the first date."""

    id: int
    name: str
    species: str
    is_young: bool = False


@dataclass(frozen=True)
class Terms:
    """One service of a sitter as far as prices go.

    `rates` is keyed by (species, minutes), minutes being 0 for nights and days. `long_stay` holds
    (minimum units, discount in basis points).
    """

    kind: Kind
    rates: Mapping[tuple[str, int], RateCard]
    holidays: frozenset[date] = frozenset()
    long_stay: tuple[tuple[int, int], ...] = ()
    charges_late_pickup: bool = True


@dataclass(frozen=True)
class AddOnChoice:
    """An extra that was ticked; `per` is a value of `profiles.models.AddOn.Per`."""

    id: int
    name: str
    amount_cents: int
    per: str


@dataclass(frozen=True)
class Fees:
    """The installation's fees, in basis points of the subtotal.

    The cap always applies to the owner's fee: a cap of 0 means that owners pay none, not that
    their fee has no limit.
    """

    owner_bps: int = 0
    owner_cap_cents: int = 0
    sitter_bps: int = 0


def terms_from_snapshot(service: dict, holidays: Iterable) -> Terms:
    """Terms of one entry of `snapshot["services"]`, with `snapshot["holidays"]`."""
    return Terms(
        kind=Kind(service["kind"]),
        rates={(row[0], row[1]): RateCard._make(row[2:]) for row in service["rates"]},
        holidays=frozenset([date.fromisoformat(row[0]) for row in holidays]),
        long_stay=tuple([(row[0], row[1]) for row in service["long_stay"]]),
        charges_late_pickup=service["late_pickup"],
    )


def add_ons_from_snapshot(service: dict, ids: Iterable[int]) -> tuple[AddOnChoice, ...]:
    """The service's add-ons among `ids`, in the sitter's order; ids of others are left out."""
    chosen = set(ids)
    return tuple(AddOnChoice(*row) for row in service["add_ons"] if row[0] in chosen)


def fees() -> Fees:
    """The fees of this installation, from the settings."""
    return Fees(settings.OWNER_FEE_BPS, settings.OWNER_FEE_CAP_CENTS, settings.SITTER_FEE_BPS)
