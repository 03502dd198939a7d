"""What to do about each cause: for alerts, post-mortems and docs/operations.md ("What each alert means").

`{host}` and `{port}` are those of DATABASE_URL. Commands that begin with "db$" are for the database host.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connections

RULES = "firewall.pyz"  # the firewall commands as one file: script/firewall-zipapp


@dataclass(frozen=True)
class Advice:
    title: str  # for a subject line: what, in a few words
    commands: tuple[str, str, str]  # the first three, in this order
    measures: tuple[str, ...]  # corrective and preventative, for the post-mortem's task list


_REHEARSE = "Rehearse this fault on a game day: manage.py drill"
_SQL = "db$ mysql -e 'SHOW FULL PROCESSLIST'"
_DOCTOR = "manage.py doctor"
_LISTENS = "db$ ss -ltn 'sport = :{port}'"

_FIREWALL_MEASURES = (
    f"Send every rule change through {RULES} plan, approve and apply; never by nft -f alone",
    "Add the flow that broke to flows.toml, so that the check refuses this rule from now on",
    f"Keep {RULES} watch and witness running on the database host",
    "Rehearse it: manage.py drill aug12",
)
_UNSURE_MEASURES = (
    f"Run {RULES} witness on the database host, so that the next alert names the cause",
    "Complete the timeline by hand with what was found: manage.py postmortem INCIDENT --note TEXT",
    _REHEARSE,
)
_SERVER_MEASURES = (
    "Find out in the server's log why it went, and write it here with --note",
    "Let the service manager start it again by itself, and alert on its restarts",
    _REHEARSE,
)

ADVICE = {
    "firewall": Advice(
        "a firewall cuts the database off",
        (
            f"db$ {RULES} changes",
            "db$ nft -s list ruleset >/tmp/live.nft",
            f"db$ {RULES} check /tmp/live.nft --alone --flows /etc/pawsitters/flows.toml",
        ),
        _FIREWALL_MEASURES,
    ),
    "network": Advice(
        "the database host is silent",
        ("ping -c 3 {host}", "ip route get {host}", "tracepath -n {host}"),
        ("Watch the path to the database host from a third host", *_UNSURE_MEASURES),
    ),
    "server-stopped": Advice(
        "the database server is stopped",
        (
            "db$ systemctl status mysql mariadb",
            "db$ journalctl -u mysql -u mariadb -n 50",
            "db$ systemctl start mysql || systemctl start mariadb",
        ),
        _SERVER_MEASURES,
    ),
    "server-frozen": Advice(
        "the database server is frozen",
        (
            "db$ ps -o pid,stat,wchan,cmd -C mysqld,mariadbd",
            "db$ kill -CONT $(pidof mysqld mariadbd)",
            "db$ dmesg -T | tail -n 50",
        ),
        ("Alert on memory and disk waits of the database host", *_SERVER_MEASURES),
    ),
    "refused": Advice(
        "the database's port refuses",
        (_LISTENS, "db$ systemctl status mysql mariadb", "db$ nft -a list ruleset"),
        _UNSURE_MEASURES,
    ),
    "unreachable": Advice(
        "no packet comes back from the database",
        (_LISTENS, "db$ nft -a list ruleset", "ping -c 3 {host}"),
        _UNSURE_MEASURES,
    ),
    "handshake": Advice(
        "something else answers on the database's port",
        (
            "db$ ss -ltnp 'sport = :{port}'",
            "nc -w 2 {host} {port} | head -c 80",
            "getent ahosts {host}",
        ),
        ("Check what was deployed on the database host", _REHEARSE),
    ),
    "sign-in": Advice(
        "the database refuses our sign-in",
        (
            'db$ mysql -e "SELECT user, host FROM mysql.user"',
            "db$ tail -n 50 /var/log/mysql/error.log",
            _DOCTOR,
        ),
        (
            "Change passwords in two steps: the new one beside the old one, then the old one away",
            "Check DATABASE_URL where it is deployed from",
            _REHEARSE,
        ),
    ),
    "overload": Advice(
        "all connections of the database are taken",
        (
            "db$ mysql -P 3307 -h 127.0.0.1 -e 'SHOW FULL PROCESSLIST'",
            "db$ mysql -P 3307 -h 127.0.0.1 -e \"SHOW GLOBAL STATUS LIKE 'Threads_connected'\"",
            _DOCTOR,
        ),
        (
            "Compare max_connections with processes × threads × hosts + 20: manage.py doctor",
            "Find who took them: an application, a report, a backup",
            _REHEARSE,
        ),
    ),
    "blocked": Advice(
        "the database has blocked this host",
        (
            "db$ mysqladmin flush-hosts",
            "db$ mysql -e \"SHOW VARIABLES LIKE 'max_connect_errors'\"",
            _DOCTOR,
        ),
        (
            "Set skip-name-resolve and max_connect_errors=4294967295 on the server",
            "Find what made the failed connections: a health check that only opens the port?",
            _REHEARSE,
        ),
    ),
    "read-only": Advice(
        "the database takes no writes",
        (
            "db$ mysql -e 'SELECT @@read_only, @@hostname'",
            "db$ mysql -e 'SHOW REPLICA STATUS\\G'",
            "db$ df -h /var/lib/mysql",
        ),
        ("Write down who may set read_only, and how it is undone", _REHEARSE),
    ),
    "locked": Advice(
        "a lock holds up all writes",
        (
            _SQL,
            "db$ mysql -e 'SELECT * FROM information_schema.innodb_trx\\G'",
            "db$ mysql -e 'KILL <id of the oldest>'",
        ),
        ("Move what held the lock to a quiet hour, or into small steps", _REHEARSE),
    ),
    "disk": Advice(
        "the database's disk is full",
        (
            "db$ df -h /var/lib/mysql",
            "db$ du -xsh /var/lib/mysql/* | sort -h | tail",
            "db$ mysql -e 'SHOW BINARY LOGS'",
        ),
        (
            "Alert at 80 % of the database's disk",
            "Bound the binary logs (binlog_expire_logs_seconds)",
        ),
    ),
    "schema": Advice(
        "tables are missing or too old",
        ("manage.py showmigrations --plan", "manage.py prepare", _DOCTOR),
        ("Run manage.py prepare before the web processes of a new version start", _REHEARSE),
    ),
    "dns": Advice(
        "the database's name cannot be looked up",
        ("getent ahosts {host}", "cat /etc/resolv.conf", "resolvectl status"),
        ("Put the database host's address into /etc/hosts of the web hosts", _REHEARSE),
    ),
    "slow": Advice(
        "the database answers too slowly",
        (_SQL, "db$ iostat -x 1 3", "mtr -n -c 20 -r {host}"),
        ("Look at the slow query log for this time", _REHEARSE),
    ),
    "local": Advice(
        "this web host cannot send",
        ("ip route get {host}", "ss -s", "nft -a list ruleset"),
        ("Check what was changed on this web host: routes, rules, limits", _REHEARSE),
    ),
    "file": Advice(
        "the database file cannot be read",
        (
            'ls -l "$VAR_DIR"',
            'df -h "$VAR_DIR"',
            "sqlite3 \"$VAR_DIR/db.sqlite3\" 'PRAGMA integrity_check'",
        ),
        ("Check backups of the file", "Consider a database server: docs/adr/0001"),
    ),
}
UNKNOWN = Advice(
    "the database cannot be used",
    ("manage.py sentinel --once", _DOCTOR, _LISTENS),
    _UNSURE_MEASURES,
)


def advice_for(cause: str) -> Advice:
    return ADVICE.get(cause, UNKNOWN)


def commands_for(cause: str) -> list[str]:
    database = connections["default"].settings_dict
    host, port = database.get("HOST") or "localhost", database.get("PORT") or 3306
    return [
        command.replace("{host}", str(host)).replace("{port}", str(port))
        for command in advice_for(cause).commands
    ]


def section_of(cause: str) -> str:
    """Where the runbook writes about it."""
    return f"{settings.RUNBOOK_URL}#alert-{cause if cause in ADVICE else 'unknown'}"
