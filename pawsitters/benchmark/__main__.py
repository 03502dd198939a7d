"""Runs the parts of the benchmark in order and writes the report; started by script/bench."""

import argparse
import os
import sys
import time
from pathlib import Path
from random import Random

import django

PARTS = ("search", "pages", "memory", "races")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sh script/bench")
    parser.add_argument("--sitters", type=int, default=0, help="default 100000; --quick 5000")
    parser.add_argument("--quick", action="store_true", help="few sitters, few repetitions")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be repeated")
    parser.add_argument("--name", default="", help="of the files in docs/benchmarks")
    chosen = parser.parse_args()
    chosen.sitters = chosen.sitters or (5_000 if chosen.quick else 100_000)
    chosen.only = chosen.only or list(PARTS)
    return chosen


def main() -> int:
    chosen = options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pawsitters.settings")
    django.setup()
    from pawsitters.benchmark.run import Run  # needs the apps

    started = time.monotonic()
    run = Run(chosen, database_pid=int(os.environ["BENCH_DATABASE_PID"]))
    try:
        run.data(Random(5))
        for part in PARTS:
            if part in chosen.only:
                getattr(run, part)()
    except (AssertionError, RuntimeError) as error:
        sys.stderr.write(f"\nThe benchmark stopped: {error}\n")
        return 1
    run.finish(time.monotonic() - started, Path("docs/benchmarks"))
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
