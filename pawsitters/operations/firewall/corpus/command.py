"""The command `corpus`."""

import argparse
import json
import os
import sys

from pawsitters.operations.firewall.corpus import running
from pawsitters.operations.firewall.corpus.entries import Entry, all_entries
from pawsitters.operations.firewall.errors import DIFFERS, DONE, Refusal

SHORT = 26


def add_to(subparsers) -> None:
    parser = subparsers.add_parser(
        "corpus",
        help="put known harmful and harmless rulesets through check",
        description="Put a corpus of rulesets that somebody could write through `check`: each harmful "
        "one has to be refused with the right flow named, each harmless one has to pass, and what no "
        "test can decide has to be warned of. Nothing on this machine changes. Exits 1 if an answer "
        "is wrong.",
    )
    parser.add_argument(
        "--short",
        type=_count,
        nargs="?",
        const=SHORT,
        metavar="N",
        help=f"a fixed spread of N ({SHORT})",
    )
    parser.add_argument(
        "--only", metavar="TEXT", help="entries whose family or name has this in it"
    )
    parser.add_argument(
        "--show", action="store_true", help="print the entries instead of trying them"
    )
    parser.add_argument(
        "--jobs", type=_count, default=os.cpu_count(), metavar="N", help="default: cores"
    )
    parser.add_argument("--json", action="store_true", help="print the answers as JSON")
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("a number from 1 to 64 is needed")
    return int(text)


def run(args: argparse.Namespace) -> int:
    entries = chosen(args)
    if args.show:
        print("\n".join(_shown(entry) for entry in entries))
        return DONE
    found = []
    for answer in running.answers(entries, args.jobs):
        found.append(answer)
        _progress(len(found), len(entries))
    wrong = [each for each in found if not each.right]
    if args.json:
        print(json.dumps(running.as_dicts(found), indent=1))
    else:
        print(running.table(found))
        for each in wrong:
            print(f"WRONG  {each.family}: {each.name}: {each.fault}")
        print(f"{len(found)} rulesets, {len(wrong)} wrong answers.")
    return DIFFERS if wrong else DONE


def chosen(args: argparse.Namespace) -> list[Entry]:
    entries = list(all_entries())
    if args.only:
        wanted = args.only.lower()
        entries = [each for each in entries if wanted in f"{each.family} {each.name}".lower()]
        if not entries:
            raise Refusal(f'No entry of the corpus has "{args.only}" in its family or name.')
    return running.short(entries, args.short) if args.short else entries


def _shown(entry: Entry) -> str:
    verdict = f"must be refused for: {'; '.join(entry.names)}" if entry.names else entry.sort
    return (
        f"# {entry.family}: {entry.name} ({entry.kind})\n# {entry.why}\n# {verdict}\n{entry.text}"
    )


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty() or done == count or done % 25 == 0:
        end = "\r" if sys.stderr.isatty() and done < count else "\n"
        print(f"{done}/{count} rulesets", end=end, file=sys.stderr, flush=True)
