"""One run: each part measures, prints its table and keeps it for the report."""

import json
import os
import platform
import sys
import time
from datetime import date
from pathlib import Path
from random import Random

from django.conf import settings
from django.db import connection

from pawsitters.benchmark import load, market, pages, plot, races, searching, weight
from pawsitters.benchmark.cpu import memory_mb
from pawsitters.benchmark.people import people
from pawsitters.benchmark.queries import wishes
from pawsitters.benchmark.report import Table, verdict
from pawsitters.benchmark.server import serving, working
from profiles.models import SitterProfile

WEB_MB, WORKER_MB = 150, 120
PAGE_CACHE_SECONDS = 60
WORKER_SECONDS = 20
RACE_SEEDS, QUICK_RACE_SEEDS = 10, 3
WEIGHT_KB, SEARCH_HTML_KB = 60, 12


class Run:
    """`failures` are results that are wrong rather than slow: they make the command fail."""

    def __init__(self, chosen, database_pid: int):
        self.chosen, self.database_pid = chosen, database_pid
        self.tables: list[Table] = []
        self.failures: list[str] = []
        self.bars: list[tuple[str, float, float | None]] = []
        self.web_memory: dict[str, float] = {}

    # --- data ------------------------------------------------------------------------------

    def data(self, rng: Random) -> None:
        kept = settings.VAR_DIR / "seeding.json"
        if SitterProfile.objects.exists():
            say("Using the sitters that are there.")
            timings = json.loads(kept.read_text()) if kept.exists() else {}
        else:
            say(f"Seeding {self.chosen.sitters:,} sitters…")
            timings = {}
            market.build(self.chosen.sitters, timings)
            kept.write_text(json.dumps(timings))
        self.people = people()
        self.places = market.places(rng)
        found = market.counts()
        table = Table("Data", ["", "rows"])
        for name, count in found.items():
            table.add(name, f"{count:,}")
        for name, seconds in timings.items():
            table.add(f"{name} (seconds)", f"{seconds:,.0f}")
        self._keep(table)
        if wrong := market.problems(found, self.chosen.sitters):
            raise AssertionError(f"the data is not as it should be: {'; '.join(wrong)}")

    # --- search ----------------------------------------------------------------------------

    def search(self) -> None:
        areas = searching.measure(
            self.places,
            searches=20 if self.chosen.quick else 60,
            server_pid=self.database_pid,
            report=market.progress,
        )
        head = ["place, what", "found", "median ms", "p95 ms", "CPU ms", "B ÷ ours", "budget"]
        table = Table("Search: database time of one search", head)
        for area in areas:
            found = f"{sum(area.found) / len(area.found):,.0f}"
            for name, samples in area.samples.items():
                ratio, budget = self._search_ratio(area, name)
                ms = (f"{v:,.2f}" for v in (samples.median, samples.p95, samples.cpu_median))
                table.add(f"{area.name}: {name}", found, *ms, ratio, budget)
        by_name = {area.name: area for area in areas}
        if {"dense", "rural"} <= by_name.keys():
            ring = [by_name[name].samples[searching.RING].cpu_median for name in ("dense", "rural")]
            ratio = ring[0] / ring[1]
            table.notes.append(
                f"Dense against rural, ring page: {ratio:.2f} × (budget 2 ×: {verdict(ratio, 2)})."
            )
        table.notes += [
            f"{areas[0].searches} varied searches for each kind of place; the two designs found "
            "the same sitters in the same order, and the same number, every time.",
            "Ratios compare CPU of the database server. The budgets of 200 and 40 were set with "
            "1,000,000 sitters, where B takes ten times as long as with 100,000.",
        ]
        self._keep(table)

    def _search_ratio(self, area, name: str) -> tuple[str, str]:
        least = {searching.RING: 200, searching.EXACT: 40}.get(name)
        if least is None:
            return "", ""
        ratio = area.ratio(name)
        if area.name != "dense":
            return f"{ratio:,.1f}", ""
        return f"{ratio:,.1f}", f"≥ {least}: {'ok' if ratio >= least else 'under'}"

    # --- pages -----------------------------------------------------------------------------

    def pages(self) -> None:
        with serving() as (server, seconds):
            base, measured = self._load(server, pages.pages(self.people, self.places))
            self.web_memory = memory_mb(server.worker_pid)
            self._weight_table_of(server)
        with serving(page_cache_seconds=PAGE_CACHE_SECONDS) as (server, _seconds):
            measured += self._load(server, pages.kept_pages(self.places))[1]
        self._page_table(base, measured, seconds)
        self._keep(self.weights)

    def _load(self, server, some_pages):
        return load.measure(
            server,
            some_pages,
            rounds=4 if self.chosen.quick else 10,
            batch=25 if self.chosen.quick else 40,
            database_pid=self.database_pid,
            report=market.progress,
        )

    def _page_table(self, base, measured, start_seconds: float) -> None:
        head = ["page", "app ms", "F", "budget", "", "database ms", "statements", "HTML KB", "gzip"]
        table = Table("Pages: CPU of one request", head)
        table.add("F: empty view", f"{base.app:.2f}", "1.0", *[""] * 6)
        for one in measured:
            if one.wrong:
                table.add(one.page.name, "wrong", *[""] * 7)
                self.failures.append(one.wrong)
                continue
            budget = one.page.budget
            table.add(
                one.page.name,
                f"{one.app:.2f}",
                f"{one.ratio:.1f}",
                f"≤ {budget:g}" if budget else "",
                verdict(one.ratio, budget),
                f"{one.database:.2f}",
                _of(one.statements, one.page.statements),
                f"{one.html_bytes / 1000:.1f}",
                f"{one.gzip_bytes / 1000:.1f}",
            )
            self.bars.append((one.page.name, one.ratio, budget))
            if one.is_over_statements:
                self.failures.append(f"{one.page.name}: {one.statements} statements")
        table.notes += [
            "Each page in turns with F; F's column is the median over the rounds of page against "
            "the F beside it. Every answer's status and size are checked. No page comes from the "
            "page cache unless its name says so.",
            f"gunicorn with one worker process, ready {start_seconds:.1f} s after its start.",
        ]
        self._keep(table)

    def _weight_table_of(self, server) -> None:
        search = f"/search/?{next(wishes(Random(2), self.places['dense'])).parameters}"
        table = Table("Page weight, gzip, without pictures", ["page", "KB", "budget", "", "parts"])
        for name, path in (("home", "/"), ("search", search), ("sign-in", "/sign/login/")):
            if server.ask(path).status != 200:
                continue
            parts = weight.page_weight(server, path)
            total = sum(parts.values()) / 1000
            told = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in parts.items())
            table.add(name, f"{total:.1f}", f"≤ {WEIGHT_KB}", verdict(total, WEIGHT_KB), told)
            if name == "search":
                html = parts["html"] / 1000
                table.add(
                    "search, HTML alone",
                    f"{html:.1f}",
                    f"≤ {SEARCH_HTML_KB}",
                    verdict(html, SEARCH_HTML_KB),
                    "",
                )
        self.weights = table

    # --- memory ----------------------------------------------------------------------------

    def memory(self) -> None:
        table = Table("Resident memory", ["process", "RSS MB", "PSS MB", "budget", ""])
        if self.web_memory:
            _memory_row(table, "gunicorn worker after the load", self.web_memory, WEB_MB)
        most: dict[str, float] = {}
        with working() as process:
            until = time.monotonic() + WORKER_SECONDS
            while time.monotonic() < until:
                time.sleep(0.5)
                if process.poll() is not None:
                    self.failures.append("manage.py worker ended by itself")
                    break
                now = memory_mb(process.pid)
                most = {name: max(size, most.get(name, 0)) for name, size in now.items()}
        if most:
            _memory_row(table, "manage.py worker, at most", most, WORKER_MB)
        self._keep(table)

    # --- races -----------------------------------------------------------------------------

    def races(self) -> None:
        seeds = QUICK_RACE_SEEDS if self.chosen.quick else RACE_SEEDS
        found = races.measure(seeds=seeds, report=market.progress)
        table = Table(
            f"Races: {races.RIVALS} acceptances at once for {races.PLACES} places", ["", "count"]
        )
        table.add("races", found.seeds)
        table.add("attempts", f"{found.attempts:,}")
        table.add("confirmed", found.confirmed)
        table.add("told that it is taken", f"{found.refused:,}")
        table.add("anything else", sum(found.unexplained.values()))
        table.add("oversold", found.oversold)
        table.add("seconds for one race, median", f"{found.median_seconds:.2f}")
        table.add(f"naive design: confirmed of {found.naive_attempts}", found.naive_confirmed)
        self._keep(table)
        if found.oversold or not found.is_accounted_for:
            self.failures.append(f"races: oversold {found.oversold}, {found.unexplained or 'sums'}")
        if found.naive_oversold <= 0:
            self.failures.append("the naive design did not overbook, so the race proves nothing")

    # --- the end ---------------------------------------------------------------------------

    def _keep(self, table: Table) -> None:
        self.tables.append(table)
        say(table.as_text())

    def finish(self, seconds: float, folder: Path) -> None:
        name = self.chosen.name or f"{self.chosen.sitters}-sitters"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{name}.md"
        parts = [f"# Benchmark: {self.chosen.sitters:,} sitters", "", _machine(seconds), ""]
        if self.bars:
            (folder / f"{name}.svg").write_text(
                plot.bars(
                    "CPU of one request against an empty view",
                    "F",
                    self.bars,
                    note=f"{date.today():%-d %B %Y}, {self.chosen.sitters:,} sitters",
                )
            )
            parts += [f"![CPU of one request, in F]({name}.svg)", ""]
        parts += [table.as_markdown() for table in self.tables]
        if self.failures:
            parts += ["## Wrong", "", *(f"- {failure}" for failure in self.failures), ""]
        if set(self.chosen.only) >= {"search", "pages", "memory", "races"} or self.chosen.name:
            target.write_text("\n".join(parts))
            say(f"\nWritten: {target}")
        say(f"Took {seconds:,.0f} s.")
        for failure in self.failures:
            sys.stderr.write(f"Wrong: {failure}\n")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _of(count: int | None, limit: int | None) -> str:
    if count is None:
        return ""
    return f"{count} of {limit}" if limit else str(count)


def _memory_row(table: Table, name: str, memory: dict[str, float], limit: int) -> None:
    rss, pss = memory["RSS"], memory["PSS"]
    table.add(name, f"{rss:.0f}", f"{pss:.0f}", f"≤ {limit}", verdict(rss, limit))


def _machine(seconds: float) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        version = cursor.fetchone()[0]
    cores = len(os.sched_getaffinity(0))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{date.today():%-d %B %Y}: {cores} cores (shared with other work, load {load}), "
        f"Python {platform.python_version()}, {version}, {seconds:,.0f} s in all. "
        "Ratios within this run are what counts; single times belong to the machine and the hour."
    )
