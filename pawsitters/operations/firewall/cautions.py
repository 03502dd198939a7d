"""What a test at this moment, in this small network, cannot show of a ruleset: one sentence each."""

import re

from pawsitters.operations.firewall.rulesets import interfaces_in, without_comments

# Rules that may answer otherwise the second time.
DICE = r"\bnumgen\b|\s-m\s+statistic\b|\b(?:jhash|symhash)\b"
COUNTING = (
    r"^(?!.*(?:\blog\b|-j LOG|-j NFLOG))(?:.*(?:\blimit\s+rate\b|\bct\s+count\b|\bquota\b|\bmeter\b|"
    r"\bct\s+(?:original\s+|reply\s+)?(?:bytes|packets|avgpkt)\b|\s-m\s+(?:limit|hashlimit|"
    r"connlimit|connbytes|quota|recent)\b)|\s*flags\s[^\n]*\bdynamic\b)"
)
# What rules ask for, and what to think of it. A line matches as nft or as iptables-save writes it.
CAUTIONS = (
    (
        r"\bmeta\s+(?:hour|day|time)\b|\s-m\s+time\b|^\s*(?:hour|day)\s",
        "depend on the time of day or the date: tested is only this moment.",
    ),
    (
        DICE,
        "throw dice or spread connections: a few that pass prove little.",
    ),
    (
        COUNTING,
        "count connections, packets, bytes or seconds: tested are 5 connections at once, or as many "
        'as a sentence says (", 200 connections"), not a busy day.',
    ),
    (
        r"\bsk[ug]id\b|\bsocket\s+(?:cgroupv2|mark)\b|\bmeta\s+cgroup\b|\s-m\s+(?:owner|cgroup)\b",
        "ask for the user or the group of a process: the test asks and answers as root.",
    ),
    (
        r"\b(?:meta|ct)\s+(?:mark|priority|secmark|rtclassid|iifgroup|oifgroup)\s+(?!set\b)|"
        r"\s-m\s+(?:mark|connmark|realm|devgroup)\b",
        "ask for marks: the test's packets carry none but those that these rules set.",
    ),
    (
        r"\bether\s+[sd]addr\b|\s-m\s+mac\b",
        "ask for hardware addresses: those of the test network are made up.",
    ),
    (
        r"^(?!.*icmpv6).*(?:\bip\s+(?:ttl|dscp|ecn)\b|\bip6\s+(?:hoplimit|dscp|ecn)\b|\btcp\s+option\s+"
        r"(?!maxseg\s+size\s+set)|\s-m\s+(?:ttl|hl|dscp|tos|ecn|tcpmss)\b)",
        "ask for what depends on the sender or the way (TTL, DSCP, TCP options): tested is what "
        "Linux sends to its neighbour.",
    ),
    (
        r"@(?:ll|nh|th|ih),|\s-m\s+(?:string|u32|bpf)\b",
        "look into the content of packets: the test's content is made up.",
    ),
    (
        r"\bqueue\b(?!\s*=)|-j\s+NFQUEUE\b",
        "leave the decision to a program (queue), which does not run in the test.",
    ),
    (
        r"^\s*table\s+bridge\b|\s-m\s+physdev\b|\b[io]brname\b",
        "are about bridges: in the test nothing is bridged.",
    ),
    (
        r"\bipsec\b|\s-m\s+policy\b",
        "ask for IPsec: in the test nothing is encrypted.",
    ),
    (
        r"\bct\s+(?:timeout|helper|expectation)\b|-j\s+CT\b.*--(?:timeout|helper)",
        "change how long, or with which helper, connections are followed: tested are the first "
        "moments of a connection.",
    ),
    (
        r"\bflowtable\b",
        "use a flowtable: accepted connections then pass beside the rules.",
    ),
)  # fmt: skip
PATTERNS = [(re.compile(pattern, re.MULTILINE), say) for pattern, say in CAUTIONS]


def _kinds(text: str) -> str:
    """Each kind of line once: thousands of rules differ in nothing but a number."""
    lines = re.sub(r"(?<![\w,])\d[\w.:/]*", "0", without_comments(text)).splitlines()
    return "\n".join(dict.fromkeys(lines))


def remembers(text: str) -> bool:
    """Whether what has passed so far decides about what comes next."""
    return bool(re.search(f"{DICE}|{COUNTING}", _kinds(text), re.MULTILINE))


def cautions(text: str, interfaces: set[str]) -> list[str]:
    """For a ruleset on a host with these interfaces."""
    code = _kinds(text)
    found = [f"Some rules {say}" for pattern, say in PATTERNS if pattern.search(code)]
    for name in interfaces_in(text):
        if name not in interfaces and name != "lo":
            found.append(
                f'Rules speak of the interface "{name}", which the host does not have according '
                "to the flows file; nft refuses `iif` and `oif` with a name that is not there."
            )
    return found
