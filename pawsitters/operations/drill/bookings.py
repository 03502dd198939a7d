"""What became of booking requests: compared between what visitors were told and what is in the table."""

from pawsitters.operations.drill.harness import World


def held_keys(lines: list[dict]) -> set[str]:
    """Those of which somebody was told: received, not yet confirmed."""
    return _keys(lines, (202,))


def received_keys(lines: list[dict]) -> set[str]:
    """Those of which somebody was told that they have come, or that they are placed."""
    return _keys(lines, (202, 302))


def _keys(lines: list[dict], statuses: tuple[int, ...]) -> set[str]:
    return {
        one["key"] for one in lines if one["kind"] == "booking" and one.get("status") in statuses
    }


def bookings(world: World) -> dict[str, int]:
    """How many bookings tell of each key of the load. Counted by the message, which says the key
    too: the key's own column cannot hold one twice."""
    rows = world.ask(
        "SELECT CONCAT(owner_id, ':', RIGHT(message, 32)) k, COUNT(*) "
        "FROM pawsitters.bookings_booking WHERE message LIKE 'Would you have room? %' GROUP BY k"
    )
    return dict(rows)
