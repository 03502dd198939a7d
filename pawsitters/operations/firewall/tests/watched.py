"""Runs the watch in a network namespace, changes the rules there, and prints what it told, as JSON.

Called by test_watch.py below `unshare`; arguments: state folder, number of changes, what to do.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

CHURN = """
add table inet f2b-table
add set inet f2b-table addr-set-sshd { type ipv4_addr; }
add set inet own seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
add rule inet own input tcp dport 80 counter
"""


def nft(rules: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def await_line(path: Path, number: int, seconds: float) -> dict | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if len(found := lines_of(path)) >= number:
            return found[number - 1]
        time.sleep(0.01)
    return None


def change(number: int) -> list[str]:
    """By nft and by iptables-nft in turn, alone and from a shell that lives a little longer."""
    rule = f"tcp dport {3306 + number} drop"
    if number % 2:
        return ["nft", "add", "rule", "inet", "own", "input", rule]
    return ["iptables-nft", "-A", "INPUT", "-p", "tcp", "--dport", str(3306 + number), "-j", "DROP"]


def changes(log: Path, number: int) -> list[dict]:
    told = []
    for each in range(1, number + 1):
        started = time.monotonic()
        subprocess.run(change(each), check=True)
        found = await_line(log, each, 5)
        told.append({"seconds": time.monotonic() - started, "change": found})
        time.sleep(0.7)
    return told


def churn(log: Path, number: int) -> list[dict]:
    for each in range(1, number + 1):
        nft(f"add element inet f2b-table addr-set-sshd {{ 192.0.2.{each % 250 + 1} }}")
        nft(f"add element inet own seen {{ 192.0.2.{each % 250 + 1} }}")
        nft("reset counters")
        if each % 3 == 0:
            nft(f"delete element inet f2b-table addr-set-sshd {{ 192.0.2.{each % 250 + 1} }}")
        time.sleep(0.05)
    time.sleep(1)
    return lines_of(log)


def broken(log: Path, number: int) -> list[dict]:
    """The rule of the 12th of August, before all others."""
    nft("insert rule inet pawsitters input tcp dport 3306 drop")
    return [await_line(log, 1, 5), await_line(log, 2, 20)]


def main() -> None:
    folder, number, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    examples = Path(__file__).resolve().parents[4] / "docs" / "examples"
    nft((examples / "db.nft").read_text())
    nft("add table inet own; add chain inet own input { type filter hook input priority 0; }")
    nft(CHURN)
    command = [
        sys.executable,
        "-m",
        "pawsitters.operations.firewall",
        "watch",
        "--state",
        str(folder),
    ]
    command += ["--flows", str(examples / "flows.toml")] if kind == "broken" else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        try:
            while "watching" not in watch.stdout.readline():
                pass
            run = {"changes": changes, "churn": churn, "broken": broken}[kind]
            sys.stdout.write(json.dumps(run(folder / "events.jsonl", number)))
        finally:
            watch.terminate()


main()
