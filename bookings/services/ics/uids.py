"""How an event of ours is called everywhere (pure)."""


def uid(public_id: str, number: int | None, host: str) -> str:
    """The same for as long as the booking exists; `number` is a unit's, None for a whole stay."""
    unit = "" if number is None else f"-{number}"
    return f"booking-{public_id}{unit}@{host}"


def is_ours(text: str, host: str) -> bool:
    """Whether an event of another calendar is a copy of one of ours."""
    return text.startswith("booking-") and text.rpartition("@")[2] == host
