"""Inside the namespaces. Started by `manage.py drill` only."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pawsitters.operations.drill import aug12, bounds, report, store
from pawsitters.operations.drill.harness import NotStarted, World
from pawsitters.operations.drill.namespaces import NotAllowed, settle_in

HELD, MISSED, NOT_RUN = 0, 1, 3


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("scene")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()

    def say(sentence: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {sentence}", file=sys.stderr, flush=True)

    try:
        with store.only_one(options.folder):
            settle_in()
            return _play(options, say)
    except (NotAllowed, NotStarted, store.Busy) as error:
        print(error, file=sys.stderr)
        return NOT_RUN


def _play(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    world = World()
    world.static = store.static_files(options.folder, world.environment(), say)
    facts = store.database(options.folder, world, say)
    say(
        "The site starts: gunicorn, worker, warmer, sentinel; watch and witness beside the database"
    )
    world.start_witness()
    try:
        world.start_site()
        story = aug12.play(world, facts, say)
    finally:
        store.keep_last(options.folder, world)
    lines = bounds.judge(story)
    if options.json:
        print(json.dumps([line.as_json() for line in lines], indent=2))
    else:
        parts = (
            report.picture(story),
            report.lateness(story),
            report.bounds(lines),
            report.then_and_now(story, lines),
        )
        print("\n" + "\n\n".join(parts))
    return HELD if all(line.is_held for line in lines) else MISSED


if __name__ == "__main__":
    sys.exit(main())
