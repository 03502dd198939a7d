"""The one file runs where there is python3 and nothing of ours."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


def pack(target: Path) -> Path:
    script = ["sh", str(ROOT / "script" / "firewall-zipapp"), str(target)]
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(target.parent)}
    subprocess.run(script, env=environment, stdout=subprocess.DEVNULL, check=True)
    return target


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("packed") / "firewall.pyz")


def elsewhere(packed, folder, *arguments):
    """Run it from a folder without the project, isolated, with hardly an environment."""
    return subprocess.run(
        [sys.executable, "-IS", str(packed), *arguments],
        cwd=folder,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
    )


def test_it_explains_itself(packed, tmp_path):
    shown = elsewhere(packed, tmp_path, "--help")

    assert shown.returncode == 0
    assert shown.stdout.startswith("usage: firewall.pyz")
    for command in ("check", "watch", "witness"):
        assert elsewhere(packed, tmp_path, command, "--help").returncode == 0


def test_it_checks_rules_and_ends_with_the_documented_code(packed, tmp_path):
    if not shutil.which("nft"):
        pytest.skip("no nft here")
    for name in ("db.nft", "flows.toml"):
        shutil.copy(ROOT / "docs" / "examples" / name, tmp_path)
    bad = (tmp_path / "db.nft").read_text().replace("tcp dport { 3306, 3308 } accept", "drop")
    (tmp_path / "bad.nft").write_text(bad)

    good = elsewhere(packed, tmp_path, "check", "--alone", "db.nft")
    refused = elsewhere(packed, tmp_path, "check", "--alone", "bad.nft")

    assert good.returncode == 0, good.stderr
    assert refused.returncode == 1
    assert "web -> db:3306/tcp" in refused.stdout


def test_a_missing_file_is_one_sentence(packed, tmp_path):
    said = elsewhere(packed, tmp_path, "check", "none.nft")

    assert said.returncode == 2
    assert len(said.stderr.splitlines()) == 1


def test_the_same_sources_give_the_same_bytes(packed, tmp_path):
    assert pack(tmp_path / "again.pyz").read_bytes() == packed.read_bytes()
