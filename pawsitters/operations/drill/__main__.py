"""Inside the namespaces. Started by `manage.py drill` only."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from pawsitters.operations.drill import aug12, bounds, change, report, rounds, store
from pawsitters.operations.drill.faults import FAULTS
from pawsitters.operations.drill.harness import World
from pawsitters.operations.drill.namespaces import settle_in

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
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return NOT_RUN


def _play(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    world = World()
    world.static = store.static_files(options.folder, world.environment(), say)
    facts = store.database(options.folder, world, say)
    say("Watch and witness start beside the database, on the web host the site or its sentinel")
    world.start_witness()
    try:
        if options.scene == "change":
            return _change(world, options.json, say)
        world.start_site()
        if options.scene == "aug12":
            return _aug12(world, facts, options.json, say)
        wanted = list(FAULTS.values()) if options.scene == "all" else [FAULTS[options.scene]]
        return _rounds(world, facts, wanted, options.json, say)
    finally:
        store.keep_last(options.folder, world)


def _aug12(world: World, facts: dict, as_json: bool, say) -> int:
    story = aug12.play(world, facts, say)
    lines = bounds.judge(story)
    if as_json:
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


def _change(world: World, as_json: bool, say) -> int:
    steps, lines = change.play(world, say, (lambda _text: None) if as_json else print)
    if as_json:
        print(json.dumps([asdict(step) for step in steps] + [line.as_json() for line in lines]))
    else:
        print("\n" + report.bounds(lines))
    return HELD if all(line.is_held for line in lines) else MISSED


def _rounds(world: World, facts: dict, faults: list, as_json: bool, say) -> int:
    played = []
    for one in rounds.play(world, facts, faults, say):
        played.append(one)
        say(f"    {one.cause}: {one.sentence}")
    if as_json:
        rows = [{**asdict(one), "fault": one.fault.name, "wrong": one.wrong} for one in played]
        print(json.dumps(rows, indent=2))
    else:
        print("\n" + report.rounds(played))
    return MISSED if any(one.wrong for one in played) else HELD


if __name__ == "__main__":
    sys.exit(main())
