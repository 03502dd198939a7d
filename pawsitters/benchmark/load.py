"""Pages under load: CPU per request beside F in turns, statements, and what is sent."""

import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pawsitters.benchmark.cpu import cpu_seconds
from pawsitters.benchmark.pages import Page, Request, empty
from pawsitters.benchmark.server import Answer, Server

Report = Callable[[Iterable, str], Iterable]
WARM_UP = 45  # requests before anything counts: as many as there are different sitter pages
NO_STATEMENT = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO", "BEGIN", "COMMIT", "ROLLBACK")


class WrongAnswer(AssertionError):
    """An answer that must not be counted; the sentence says which."""


@dataclass
class Measured:
    """`app_ms` and `database_ms` are CPU per request, one value per round."""

    page: Page
    app_ms: list[float] = field(default_factory=list)
    database_ms: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    statements: int | None = None
    html_bytes: int = 0
    gzip_bytes: int = 0
    wrong: str = ""

    @property
    def app(self) -> float:
        return median(self.app_ms)

    @property
    def database(self) -> float:
        return median(self.database_ms)

    @property
    def ratio(self) -> float:
        """How many F: the median over the rounds of this page against the F beside it."""
        return median(self.ratios)

    @property
    def is_over(self) -> bool:
        return bool(self.ratios and self.page.budget and self.ratio > self.page.budget)

    @property
    def is_over_statements(self) -> bool:
        limit = self.page.statements
        return limit is not None and self.statements is not None and self.statements > limit


def measure(
    server: Server,
    pages: list[Page],
    *,
    rounds: int,
    batch: int,
    database_pid: int,
    report: Report,
) -> tuple[Measured, list[Measured]]:
    """F, and every page. One that gives a wrong answer is marked with it and left out."""
    base = Measured(empty())
    measured = [Measured(page) for page in pages]
    _load(server, base.page, WARM_UP)
    for number in report(range(-1, rounds), "Pages"):
        for one in measured:
            if one.wrong:
                continue
            try:
                if number < 0:
                    _prepare(server, one)
                else:
                    f_ms = _round(server, base, batch, database_pid)
                    one.ratios.append(_round(server, one, batch, database_pid) / f_ms)
            except WrongAnswer as error:
                one.wrong = str(error)
    return base, measured


def _prepare(server: Server, one: Measured) -> None:
    """Warm up, look at one answer, count statements."""
    request = next(one.page.requests)
    answer = _send(server, request)
    check(one.page, request, answer)
    plain = _plain(answer)
    one.html_bytes = len(plain)
    one.gzip_bytes = len(gzip.compress(plain, 6))
    _load(server, one.page, WARM_UP)
    if one.page.is_counted:
        one.statements = count_statements(one.page)


def _round(server: Server, one: Measured, batch: int, database_pid: int) -> float:
    app, database = server.cpu(), cpu_seconds(database_pid)
    _load(server, one.page, batch)
    app, database = server.cpu() - app, cpu_seconds(database_pid) - database
    one.app_ms.append(app * 1000 / batch)
    one.database_ms.append(database * 1000 / batch)
    return one.app_ms[-1]


def _load(server: Server, page: Page, count: int) -> None:
    for request in islice(page.requests, count):
        check(page, request, _send(server, request))


def _send(server: Server, request: Request) -> Answer:
    return server.ask(
        request.path, method=request.method, body=request.body, headers=request.headers
    )


def _plain(answer: Answer) -> bytes:
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(answer.body) if is_packed else answer.body


def check(page: Page, request: Request, answer: Answer) -> None:
    if answer.status != page.status or len(answer.body) < page.least_bytes:
        raise WrongAnswer(
            f"{page.name}: {request.method} {request.path} gave {answer.status} with "
            f"{len(answer.body)} bytes; {page.status} with {page.least_bytes} or more is right"
        )
    if page.status == 302 and not answer.headers["Location"].startswith("/bookings/"):
        raise WrongAnswer(f"{page.name}: sent to {answer.headers['Location']}")


def count_statements(page: Page) -> int:
    """The most that one of three requests asks the database, BEGIN and savepoints left out."""
    return max(_count(request) for request in islice(page.requests, 3))


def _count(request: Request) -> int:
    client = Client(SERVER_NAME="127.0.0.1", headers=request.headers)
    client.get(request.path)  # fills the fragments that each process keeps
    with CaptureQueriesContext(connection) as queries:
        client.generic(
            request.method,
            request.path,
            request.body or "",
            content_type=request.headers.get("Content-Type", "text/html"),
        )
    return sum(not query["sql"].startswith(NO_STATEMENT) for query in queries.captured_queries)
