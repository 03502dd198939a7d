"""What a row of the URL table is made of: a path and the answer for each of the five people."""

from dataclasses import dataclass

from bookings.tests.world import OTHER_SITTER, OWNER, PEOPLE, SITTER, VISITOR

LOGIN, START, OVERVIEW = "/sign/login/", "/sitting/start/", "/overview/"
BOOKING = "/bookings/"
ASKED = (200, BOOKING)  # a page that asks, or back to the booking with a sentence
DONE = (200, 409, BOOKING)  # back to the booking; or the form again, for something is missing


@dataclass(frozen=True)
class Row:
    paths: tuple[str, ...]
    get: dict[str, object]
    post: dict[str, object]


def row(*paths: str, get, post=None) -> Row:
    return Row(paths, get, post or refused(get))


def everybody(answer, **others) -> dict:
    """One answer for all but those who are named (other_owner="/…")."""
    return {**dict.fromkeys(PEOPLE, answer), **_people(others)}


def signed_in(answer, **others) -> dict:
    return {**everybody(answer), VISITOR: LOGIN, **_people(others)}


def only(answer, *people: str, others=404) -> dict:
    """`answer` for these people; to other people the thing does not exist."""
    return {**signed_in(others), **dict.fromkeys(people, answer)}


def sitters(answer, *, other_sitter=None) -> dict:
    """A sitter's own page; who is none is asked to become one. The visitor logs in first."""
    mine = {SITTER: answer, OTHER_SITTER: answer if other_sitter is None else other_sitter}
    return {**signed_in(START), **mine}


def refused(get: dict) -> dict:
    """What a page that only shows something answers to a POST."""
    return {**dict.fromkeys(PEOPLE, 405), **({VISITOR: LOGIN} if get[VISITOR] == LOGIN else {})}


def _people(named: dict) -> dict:
    return {name.replace("_", " "): answer for name, answer in named.items()}


POST_ONLY = signed_in(405)
PUBLIC = everybody(200)
PUBLIC_POST = everybody(405)
BOTH = only(200, OWNER, SITTER)
