"""Inside the namespaces. Started by `manage.py drill` only."""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from pawsitters.operations.drill import aug12, bounds, change, report, rounds, store
from pawsitters.operations.drill.faults import FAULTS, Fault
from pawsitters.operations.drill.harness import SITE_URL, World
from pawsitters.operations.drill.namespaces import FILES, settle_in

HELD, MISSED, NOT_RUN = 0, 1, 3
ALL, SURPRISE = "all", "surprise"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("scene")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--hold", type=float, default=rounds.FAULT_SECONDS)
    options = parser.parse_args()
    began = time.monotonic()

    def say(sentence: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {sentence}", file=sys.stderr, flush=True)

    try:
        with store.only_one(options.folder):
            options.outside = settle_in()
            return _play(options, say)
    except (RuntimeError, OSError) as error:
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
        return _rounds(world, facts, options, say)
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


def _way_in(options: argparse.Namespace) -> str:
    web = f"sudo nsenter --target {options.outside} --mount --net --pid"
    return (
        f"  web host        {web} sh\n"
        f"  database host   {web} nsenter --net=/run/netns/db sh\n"
        f"  there           curl -i {SITE_URL}/   cat {FILES}/var/sentinel.json   ss -ltn   nft list ruleset\n"
        f"                  tail -f {FILES}/logs/sentinel.log"
    )


def _rounds(world: World, facts: dict, options: argparse.Namespace, say) -> int:
    if options.scene == SURPRISE:
        faults = [random.choice(list(FAULTS.values()))]
    else:
        faults = list(FAULTS.values()) if options.scene == ALL else [FAULTS[options.scene]]

    def announce(fault: Fault) -> None:
        is_secret = options.scene == SURPRISE
        say("Something goes wrong now" if is_secret else f"{fault.name}: {fault.words}")

    if options.hold > rounds.FAULT_SECONDS:
        say(f"To look around for {options.hold:.0f} s, in another terminal:\n{_way_in(options)}")
    played = []
    for one in rounds.play(world, facts, faults, announce, options.hold):
        played.append(one)
        say(f"{one.fault.name} is over. It was called “{one.cause}”: {one.sentence}")
    if options.json:
        rows = [{**asdict(one), "fault": one.fault.name, "wrong": one.wrong} for one in played]
        print(json.dumps(rows, indent=2))
    else:
        print("\n" + report.rounds(played))
    return MISSED if any(one.wrong for one in played) else HELD


if __name__ == "__main__":
    sys.exit(main())
