"""What ends a command: one clear sentence, and an exit code that a script can tell apart."""

DONE = 0
DIFFERS = 1  # the rules do not do what the flows say, or a change was refused
BAD_INPUT = 2  # a file, a record or an argument is not what it should be; also argparse's own code
CANNOT_HERE = 3  # no root, no namespaces, no nft
REVERTED = 4  # a change was loaded and has been taken back


class Refusal(Exception):
    """The sentence to print. Nothing has been changed."""

    def __init__(self, sentence: str, code: int = BAD_INPUT):
        super().__init__(sentence)
        self.code = code
