"""The rehearsal of a change is about what it says that it is about; the drill itself takes half a minute."""

import shutil

import pytest

from pawsitters.operations.drill import change
from pawsitters.operations.firewall.check import check
from pawsitters.operations.firewall.flows import read_flows


@pytest.mark.skipif(not shutil.which("nft"), reason="nft is missing")
@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        (change.MENDED, []),
        (change.MISTYPED, ["web -> db:3306/tcp"]),
        (change.AUG12, ["web -> db:3306/tcp"]),
    ],
)
def test_each_of_its_rulesets_breaks_what_it_should(tmp_path, rules, wrong):
    (tmp_path / "flows.toml").write_text(change.FLOWS)

    result = check(read_flows(tmp_path / "flows.toml"), rules)

    assert [row.flow for row in result.wrong] == wrong


def test_the_gap_counts_from_the_last_write_before_to_now(monkeypatch):
    writer = change.Writer(world=None)
    writer.written = [1.0, 2.0, 5.5, 6.0]
    monkeypatch.setattr(change.time, "monotonic", lambda: 6.5)

    assert writer.gap(since=2.5) == 3.5
    assert writer.gap(since=5.6) == 0.5
