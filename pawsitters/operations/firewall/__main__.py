import sys

from pawsitters.operations.firewall.cli import main

sys.exit(main())
