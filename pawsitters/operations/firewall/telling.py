"""How a change of the rules is told: a text for the journal, a log, a command and a webhook."""

import json
import subprocess
import threading
import urllib.request
from pathlib import Path

from pawsitters.operations.firewall import state

TELL_SECONDS = 30
MOST_LOG_BYTES = 5 << 20


def shown(text: str) -> str:
    """The text with what would steer a terminal, or turn the direction of writing, made visible: a comment
    in a rule could otherwise hide other rules from whoever is to approve them."""
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode()
        for sign in text
    )


def told(change: dict) -> str:
    """An alert for the terminal and the journal."""
    return shown(_told(change))


def _told(change: dict) -> str:
    if change["event"] == "flows":
        broken = change["breaks"]
        words = "every flow is as declared" if not broken else "FLOWS BROKEN: " + "; ".join(broken)
        return f"{change['changed_at']}   {words}"
    if change["by"] != "outside":
        return f"{change['changed_at']} changed by {change['by']}: {change['summary']}"
    process = change["process"] or "an unknown process"
    known = [f"pid {change['pid']}"] if change["pid"] else []
    known += [change["user"], change["command"]]
    known += ["under " + ", ".join(change["parents"])] if change["parents"] else []
    about = "; ".join(word for word in known if word)
    lines = [
        f"{change['changed_at']} ALERT rules changed outside apply, by {process}"
        + f" ({about})" * bool(about)
    ]
    return "\n".join([*lines, *(f"    {line}" for line in change["diff"])])


def log(path: Path, change: dict) -> None:
    """Append to the log of events; the one before the last 5 MB is kept once."""
    if path.exists() and path.stat().st_size > MOST_LOG_BYTES:
        path.replace(path.with_suffix(".jsonl.1"))
    with state.appending(path) as file:
        file.write(json.dumps(change) + "\n")


def teller(command: str | None, webhook: str | None):
    """A function that hands a change over without holding the watch up."""

    def tell(change: dict) -> None:
        for way, target in ((_run, command), (_post, webhook)):
            if target:
                threading.Thread(target=way, args=(target, change), daemon=True).start()

    return tell


def _run(command: str, change: dict) -> None:
    try:
        subprocess.run(
            command, shell=True, input=json.dumps(change), text=True, timeout=TELL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"--command failed: {error}", flush=True)


def _post(address: str, change: dict) -> None:
    request = urllib.request.Request(
        address, json.dumps(change).encode(), {"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=TELL_SECONDS).close()
    except (OSError, ValueError) as error:
        print(f"--webhook failed: {error}", flush=True)
