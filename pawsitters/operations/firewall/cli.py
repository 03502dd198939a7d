"""The commands. Each module in COMMANDS has `add_to(subparsers)`, which sets `run(args) -> int`."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from pawsitters.operations.firewall.errors import BAD_INPUT, CANNOT_HERE, Refusal
from pawsitters.operations.firewall.telling import shown

# In the order in which a change goes through them.
COMMANDS: tuple[str, ...] = (
    "learn",
    "check",
    "changes",
    "apply",
    "watch",
    "witness",
    "corpus",
)

EXIT_CODES = """exit codes:
  0  done; every flow is as declared
  1  a flow differs, or a change was refused
  2  a file, a record or an argument is not what it should be
  3  not possible here: no root, no namespaces, no nft
  4  the change was loaded and taken back
  130  interrupted before anything was loaded
"""


def _name() -> str:
    """What to type: the one file of script/firewall-zipapp, or the module."""
    called = Path(sys.argv[0]).name
    return called if called.endswith(".pyz") else "python -m pawsitters.operations.firewall"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog=_name(),
        description="Test, guard, watch and record the firewall rules of the database host.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"pawsitters.operations.firewall.{name}").add_to(subparsers)
    args = parser.parse_args(arguments)
    try:
        return args.run(args)
    except Refusal as refusal:
        print(shown(str(refusal)), file=sys.stderr)
        return refusal.code
    except KeyboardInterrupt:
        return 130
    except FileNotFoundError as error:
        # nft, ip and unshare are looked for where they are needed.
        print(f"{error.filename} is missing.", file=sys.stderr)
        return CANNOT_HERE if "/" not in str(error.filename) else BAD_INPUT
