"""What a drill must show, each as a line with what was seen, the bound, and whether it held."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import ceil

from pawsitters.operations.drill.aug12 import Story
from pawsitters.operations.drill.bookings import held_keys, received_keys

SETTLED_SECONDS = 2  # so long after the onset answers may still be slow


@dataclass(frozen=True)
class Line:
    """`seen` None means that it did not happen at all, which is a miss."""

    name: str
    seen: float | None
    bound: float
    unit: str = ""
    is_at_least: bool = False
    note: str = ""

    @property
    def is_held(self) -> bool:
        if self.seen is None:
            return False
        return self.seen >= self.bound if self.is_at_least else self.seen <= self.bound

    def as_json(self) -> dict:
        return {**asdict(self), "is_held": self.is_held}


def judge(story: Story) -> list[Line]:
    return [*_answers(story), *_held(story), *_times(story)]


def _answers(story: Story) -> list[Line]:
    everything = story.results.lines
    pages = [one for one in everything if one["kind"] in ("public", "static")]
    useful = sum(one.get("is_useful", False) for one in pages)
    settled = story.results.sent_between(story.cut_at + SETTLED_SECONDS, story.back_at)
    assets = [one for one in settled if one["kind"] == "static"]
    failed = sum(one.get("status", 599) >= 500 for one in pages if "error" not in one)
    again = sum("again" in one for one in pages)
    lost = len(pages) - useful - failed
    return [
        Line(
            "useful answers to public GETs",
            100 * useful / len(pages),
            99.9,
            "%",
            is_at_least=True,
            note=f"{useful:,} of {len(pages):,}"
            + (f", {again} sent once more" if again else "")
            + (f", {lost} cut off" if lost else ""),
        ),
        Line("5xx on public pages", failed, 0),
        Line("slowest request of all", max(_times_of(everything)), 1_100, "ms"),
        Line(
            "p99 from 2 s after the onset",
            percentile(_times_of(settled), 99),
            50,
            "ms",
            note=f"{len(settled)} requests, median {percentile(_times_of(settled), 50):.1f} ms",
        ),
        Line("static, p99 from 2 s after the onset", percentile(_times_of(assets), 99), 20, "ms"),
    ]


def _held(story: Story) -> list[Line]:
    asked = [one for one in story.results.lines if one["kind"] == "booking"]
    held, kept = held_keys(asked), received_keys(asked)
    turned_away = {one["key"] for one in asked if one.get("status") not in (202, 302)} - kept
    return [
        Line(
            "booking requests held", len(held), 1, is_at_least=True, note="received, answered 202"
        ),
        Line(
            "received requests lost",
            len(kept - set(story.bookings)),
            0,
            note=f"{len(kept)} received, {len(asked) - len({o['key'] for o in asked})} sent twice",
        ),
        Line("received requests doubled", sum(n > 1 for n in story.bookings.values()), 0),
        Line("booking requests turned away", len(turned_away), 0),
        Line(
            "people signed in afterwards",
            story.signed_in,
            story.people,
            is_at_least=True,
            note=f"of {story.people}",
        ),
    ]


def _times(story: Story) -> list[Line]:
    seen = story.verdict or story.first_verdict
    return [
        Line(
            "verdict “firewall” after the onset",
            _since(story.cut_at, story.verdict and story.verdict[0]),
            2.5,
            "s",
            note=seen[2] if seen else "",
        ),
        Line("alert after the onset", _since(story.cut_at, story.record.get("alert")), 2.5, "s"),
        Line("end in the record, off the truth by", _off(story), 1.2, "s"),
        Line(
            "first fresh page after the revert", _since(story.back_at, _fresh_at(story)), 1.0, "s"
        ),
        Line("all held requests placed", _since(story.back_at, story.placed_at), 5.0, "s"),
        Line("post-mortem written", _since(story.back_at, story.postmortem_at), 5.0, "s"),
        Line("first page of a gunicorn started cold", story.cold_seconds, 3.0, "s"),
    ]


def _since(moment: float, then: float | None) -> float | None:
    return None if then is None else max(0.0, then - moment)


def _off(story: Story) -> float | None:
    ended = story.record.get("ended")
    return None if ended is None else abs(ended - story.back_at)


def _fresh_at(story: Story) -> float | None:
    """When the first page since the revert came that was made with the database."""
    results = story.results
    fresh = [
        results.answered_at(one)
        for one in results.lines
        if one["kind"] == "public" and one.get("is_useful") and not one["is_kept"]
    ]
    return min((moment for moment in fresh if moment >= story.back_at), default=None)


def _times_of(results: Iterable[dict]) -> list[float]:
    return [one["took_ms"] for one in results]


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` per cent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * share / 100) - 1)] if ordered else 0.0
