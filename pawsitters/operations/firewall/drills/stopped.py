"""An applier that stands still at one step until it is killed: python -m …drills.stopped STATE ID STEP FILE.

It tells "SECONDS STEP" (time.monotonic()) for each step that it comes to. Its limit is one second.
"""

import sys
import time
from pathlib import Path

from pawsitters.operations.firewall.apply import Order, apply_change

LIMIT = 1.0


def main(folder: str, change: str, step: str, persist: str) -> None:
    def at_step(name: str) -> None:
        print(f"{time.monotonic()} {name}", flush=True)
        if name == step:
            time.sleep(60)  # should nobody kill us

    order = Order(Path(folder), change, "Lena", LIMIT, persist=Path(persist))
    apply_change(order, say=lambda _: None, at_step=at_step)


if __name__ == "__main__":
    main(*sys.argv[1:])
