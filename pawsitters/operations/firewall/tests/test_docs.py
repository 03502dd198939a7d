"""The page that operators follow tells of every command and every exit code."""

import re
from pathlib import Path

import pytest

from pawsitters.operations.firewall import cli, errors

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "change-management.md").read_text()


def test_every_command_stands_on_the_page(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    commands = re.search(r"\{?COMMAND\n((?: {4}\w.*\n| {6,}.*\n)+)", capsys.readouterr().out)
    names = re.findall(r"^ {4}(\w+)", commands[1], re.MULTILINE)

    assert len(names) >= 8
    assert [name for name in names if f"`{name}" not in PAGE and f"pyz {name}" not in PAGE] == []


def test_every_exit_code_stands_on_the_page():
    codes = [value for value in vars(errors).values() if isinstance(value, int)]

    assert [code for code in codes if f"| {code} |" not in PAGE] == []
