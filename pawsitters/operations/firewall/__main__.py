import sys

if sys.version_info < (3, 11):  # noqa: UP036  (the host's python3, not ours)
    sys.stderr.write("The firewall commands need Python 3.11 or later.\n")
    sys.exit(3)  # errors.CANNOT_HERE, which cannot be imported yet

from pawsitters.operations.firewall.cli import main

sys.exit(main())
