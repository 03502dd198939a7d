"""Visitors who do not wait for each other: each request is sent at its time, whatever became of those
before it, and its answer is timed from the moment it was meant to be sent.

    python -m pawsitters.operations.drill.load PLAN RESULTS

Reads the plan (JSON, see plan.py) and writes a line of JSON for each request as it is answered.
Standard library only, a process of its own: nothing else may keep it from its times. TERM ends it.
"""

import asyncio
import gzip
import json
import re
import signal
import sys
import time
import zlib
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

GIVE_UP_SECONDS = 30
SESSION = "sessionid"
MAIN = b'<main id="main"'
# What the page with the form says about itself, signed; it is sent back with the form.
SLIP = re.compile(rb'name="slip" value="([^"]*)"')


class Person:
    """A browser's cookies, as far as a browser keeps them, and the form that it has open."""

    def __init__(self, cookies: dict[str, str]):
        self.cookies = dict(cookies)
        self.slip = ""

    def header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def take(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name != "set-cookie":
                continue
            try:
                found = SimpleCookie(value)
            except CookieError:
                continue
            for morsel in found.values():
                if morsel["max-age"] == 0 or morsel["max-age"] == "0":
                    self.cookies.pop(morsel.key, None)
                else:
                    self.cookies[morsel.key] = morsel.value


class Load:
    """`plan`: port, started (monotonic), people (cookies), requests in order of their time."""

    def __init__(self, plan: dict, results):
        self.port, self.started = plan["port"], plan["started"]
        self.people = [Person(cookies) for cookies in plan["people"]]
        self.requests, self.results = plan["requests"], results
        self.under_way: set[asyncio.Task] = set()

    async def run(self) -> None:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        for request in self.requests:
            wait = self.started + request["at"] - time.monotonic()
            if wait > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), wait)
            if ended.is_set():
                break
            task = asyncio.create_task(self.send(request))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=GIVE_UP_SECONDS)
        self.note({"cookies": [person.cookies for person in self.people]})

    def note(self, result: dict) -> None:
        self.results.write(json.dumps(result) + "\n")
        self.results.flush()

    async def send(self, request: dict) -> None:
        meant = self.started + request["at"]
        result = {key: value for key, value in request.items() if key != "fields"}
        # How late we are ourselves: that is not the site's fault, but it is counted all the same.
        result["late_ms"] = round((time.monotonic() - meant) * 1000, 1)
        try:
            try:
                answer = await asyncio.wait_for(self._ask(request), GIVE_UP_SECONDS)
            except (ConnectionError, EOFError):
                # Cut off without an answer: proxies and browsers send a GET once more, and nothing
                # but that (RFC 9110, 9.2.2).
                if request["method"] != "GET":
                    raise
                result["again"] = True
                answer = await asyncio.wait_for(self._ask(request), GIVE_UP_SECONDS)
            result |= self._judge(request, *answer)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            result["error"] = f"{type(error).__name__}: {error}"
        result["took_ms"] = round((time.monotonic() - meant) * 1000, 1)
        self.note(result)

    async def _ask(self, request: dict) -> tuple[int, list[tuple[str, str]], bytes]:
        person = None if request.get("person") is None else self.people[request["person"]]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(self._message(request, person))
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split()[1])
            headers = [
                (name.lower(), value.strip())
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            ]
            body = await reader.read()
        finally:
            writer.close()
        if person:
            person.take(headers)
        return status, headers, body

    def _message(self, request: dict, person: Person | None) -> bytes:
        body = b""
        lines = [
            f"{request['method']} {request['path']} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Connection: close",
            "Accept-Encoding: gzip",
        ]
        if person:
            lines.append(f"Cookie: {person.header()}")
        if request["method"] == "POST":
            token = person.cookies.get("csrftoken", "")
            fields = {"csrfmiddlewaretoken": token, "slip": person.slip, **request["fields"]}
            body = urlencode(fields).encode()
            lines.append("Content-Type: application/x-www-form-urlencoded")
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _judge(self, request: dict, status: int, headers: list, body: bytes) -> dict:
        found = dict(headers)
        if "content-length" in found and len(body) < int(found["content-length"]):
            raise EOFError("the answer is cut off")
        if found.get("content-encoding") == "gzip":
            try:
                body = gzip.decompress(body)
            except (OSError, zlib.error) as error:
                raise ValueError("the answer cannot be unpacked") from error
        if slip := SLIP.search(body):
            self.people[request["person"]].slip = slip[1].decode()
        return {
            "status": status,
            "is_useful": status == 200 and (request["kind"] == "static" or MAIN in body),
            "is_kept": "x-kept-at" in found,
            "location": found.get("location", ""),
        }


def main(plan: Path, results: Path) -> None:
    with results.open("w") as output:
        asyncio.run(Load(json.loads(plan.read_text()), output).run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
