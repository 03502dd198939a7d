"""corpus: does `check` refuse what is harmful, and let pass what is not?

`add_to` is here because the commands are modules of the package above; the work is in running.py.
"""

from pawsitters.operations.firewall.corpus.command import add_to

__all__ = ["add_to"]
