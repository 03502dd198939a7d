"""What a first visit of a page carries over the line, compressed, without pictures."""

import gzip
import re
from urllib.parse import urljoin

from pawsitters.benchmark.server import Server

LINKED = re.compile(
    r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"|<link[^>]+href="([^"]+)"[^>]+rel="stylesheet"'
    r'|<script[^>]+src="([^"]+)"|<use[^>]+href="([^"#]+\.svg)'
)
FACE = re.compile(r"@font-face\s*{([^}]*)}")
IMPORTED = re.compile(r'@import\s+(?:url\()?"([^"]+)"')
TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]+>", re.DOTALL)


def page_weight(server: Server, path: str) -> dict[str, int]:
    """Bytes by kind: html, css, js, icons, fonts. Only the fonts that the page's letters need."""
    html = server.ask(path).body.decode()
    weights = {"html": len(gzip.compress(html.encode(), 6))}
    letters = {ord(letter) for letter in TAG.sub(" ", html)}
    seen: set[str] = set()
    todo = [urljoin(path, next(filter(None, groups))) for groups in LINKED.findall(html)]
    while todo:
        url = todo.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = server.ask(url, headers={"Accept-Encoding": "gzip"})
        kind = _kind(url)
        weights[kind] = weights.get(kind, 0) + len(answer.body)
        if kind == "css":
            text = server.ask(url).body.decode()
            todo += [urljoin(url, found) for found in IMPORTED.findall(text)]
            todo += [urljoin(url, found) for found in _fonts(text, letters)]
    return weights


def _kind(url: str) -> str:
    ending = url.rpartition(".")[2].partition("?")[0]
    return {"css": "css", "js": "js", "svg": "icons", "woff2": "fonts"}.get(ending, "other")


def _fonts(css: str, letters: set[int]) -> list[str]:
    found = []
    for face in FACE.findall(css):
        ranges = re.search(r"unicode-range:\s*([^;}]+)", face)
        source = re.search(r'url\("?([^")]+\.woff2)"?\)', face)
        if source and (ranges is None or _needs(ranges[1], letters)):
            found.append(source[1])
    return found


def _needs(ranges: str, letters: set[int]) -> bool:
    for part in ranges.split(","):
        first, _, last = part.strip().upper().removeprefix("U+").partition("-")
        if any(int(first, 16) <= letter <= int(last or first, 16) for letter in letters):
            return True
    return False
