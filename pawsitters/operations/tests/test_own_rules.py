"""Which of this host's rules stops packets to the database, and when we had better say nothing."""

import json
import shutil
import subprocess

import pytest

from pawsitters.operations.own_rules import deciding_rule

DROP = "tcp dport 3306 drop"


def decided_by(rules: str, hook="output", policy="accept", more="") -> str:
    """The rule that stops packets to 10.9.0.2:3306, by nft's own reading of a ruleset."""
    if not shutil.which("nft") or not shutil.which("unshare"):
        pytest.skip("needs nft and unshare")
    table = (
        f"table inet t {{\n{more}\nchain c {{\ntype filter hook {hook} priority 0; policy {policy};\n"
        f"{rules}\n}}\n}}\n"
    )
    script = 'printf "%s" "$0" | nft -f - && nft -j list ruleset'
    listed = subprocess.run(["unshare", "-Urn", "sh", "-c", script, table],
                            capture_output=True, text=True)  # fmt: skip
    if "unshare failed" in listed.stderr:
        pytest.skip("needs user namespaces")
    assert listed.returncode == 0, listed.stderr
    return deciding_rule(json.loads(listed.stdout)["nftables"], "10.9.0.2", 3306)


@pytest.mark.parametrize(
    "rules",
    [
        DROP,
        "ip daddr 10.9.0.0/24 counter reject",
        "ip daddr 10.9.0.1-10.9.0.9 tcp dport 3300-3310 drop",
        f"udp dport 53 accept\noifname lo accept\nmeta l4proto icmp accept\n{DROP}",
        f"ct state established,related accept\nip6 daddr ::1 accept\n{DROP}",
        "meta nfproto ipv4 ip protocol tcp drop",
        "tcp dport != 443 drop",
    ],
)
def test_the_rule_that_stops_them_is_found(rules):
    assert decided_by(rules).startswith("inet t c: ")


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "tcp dport 3307 drop",
        f"ip daddr 10.9.0.2 accept\n{DROP}",
        f"tcp dport {{ 3306, 5432 }} accept\n{DROP}",
        f"meta skuid 0 accept\n{DROP}",  # nobody can say from here
        f"ct state vmap {{ new : accept, established : accept }}\n{DROP}",
        f"limit rate 100/second accept\n{DROP}",
        "meta skuid 33 drop",
    ],
)
def test_what_lets_them_through_or_cannot_be_judged_is_not_blamed(rules):
    assert decided_by(rules) == ""


def test_a_named_set_is_not_looked_into():
    banned = "set banned {\ntype ipv4_addr\nelements = { 10.9.0.2 }\n}"

    assert decided_by("ip daddr @banned drop", more=banned) == ""


def test_jumps_are_followed_and_a_policy_counts():
    away = "chain away {\nip daddr 10.9.0.2 drop\n}"

    assert "10.9.0.2 drop" in decided_by("jump away", more=away)
    assert decided_by("tcp dport 443 accept", policy="drop") == "policy drop of inet t c"
    assert decided_by("ct state established accept", hook="input", policy="drop") == ""
    assert decided_by("tcp sport 443 accept", hook="input", policy="drop").startswith("policy")
