from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A further panel of a booking's page: `template` is included with `section.data` at hand.

    `is_side`: beside the main column.
    """

    template: str
    data: object
    is_side: bool = False
