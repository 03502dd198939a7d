import json
import sys

from django.core.management.base import BaseCommand, CommandError

from pawsitters.operations.doctor import FAULT, WARN, Finding, examine

MARKS = {"ok": "ok   ", "warn": "warn ", "fault": "FAULT"}


class Command(BaseCommand):
    help = (
        "Check the live database server and the settings against what an outage asks of them "
        "(docs/operations.md), with one line of remedy for each fault. Changes nothing but its own "
        "heartbeat row. Ends with 0 if there is no fault (warnings are none), with 1 if there is one, with 2 for a wrong option."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--hosts",
            type=int,
            default=1,
            metavar="N",
            help="machines that run web processes, for the budget of connections (default: 1)",
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON object instead of a table"
        )

    def handle(self, *, hosts, json: bool, **options):
        if hosts < 1:
            raise CommandError(f"--hosts is a number from 1 on, and it is {hosts}.", returncode=2)
        findings = list(examine(hosts))
        faults = sum(finding.state == FAULT for finding in findings)
        warnings = sum(finding.state == WARN for finding in findings)
        if json:
            self._write_json(findings)
        else:
            self._write_table(findings)
            self.stdout.write(f"Faults: {faults}, warnings: {warnings}.")
        if faults:
            sys.exit(1)

    def _write_json(self, findings: list[Finding]) -> None:
        is_well = all(finding.state != FAULT for finding in findings)
        body = {"ok": is_well, "findings": [finding.as_dict() for finding in findings]}
        self.stdout.write(json.dumps(body, indent=2, ensure_ascii=False))

    def _write_table(self, findings: list[Finding]) -> None:
        name_width = max(len(finding.name) for finding in findings)
        for finding in findings:
            line = f"{MARKS[finding.state]}  {finding.name:<{name_width}}  {finding.found}"
            self.stdout.write(f"{line}: {finding.remedy}" if finding.remedy else line)
