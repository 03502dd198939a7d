"""What counts as a sign that the web tier still gets through."""

import time

import pytest

from pawsitters.operations.firewall import state
from pawsitters.operations.firewall.heartbeats import Heartbeat, Heartbeats, hosts_heard, lacking


def beat(folder, n):
    noted = {"received": time.monotonic(), "host": "web1", "n": n, "took_ms": 1.0}
    state.write(folder / "heartbeat.json", noted)


class Heard(list):
    """Heartbeats that arrive one after the other, until the time is up."""

    def until(self, _deadline):
        return iter(self)


def what_lacks(*beats, hosts=("web1",)):
    """Loaded at 100."""
    heard = Heard(Heartbeat(host, n, started) for n, (host, started) in enumerate(beats))
    return lacking(heard, since=100, until=103, hosts=set(hosts), heard=lambda *_: None)


def test_three_that_began_after_loading_are_enough():
    assert what_lacks(("web1", 100.1), ("web1", 100.3), ("web1", 100.6)) == ""
    assert what_lacks(("web1", 100.1), ("web1", 100.3)).startswith("2 of 3 heartbeats")
    # This one still came through the old rules and was only told later.
    assert what_lacks(("web1", 99.9), ("web1", 100.3), ("web1", 100.6)).startswith("2 of 3")


def test_every_web_host_that_was_heard_before_must_be_heard_again():
    three = [("web1", 100.1), ("web1", 100.2), ("web1", 100.3)]
    assert what_lacks(*three, hosts=("web1", "web2")) == "web2 did not get through any more"
    assert what_lacks(*three, ("web2", 100.9), hosts=("web1", "web2")) == ""


def test_only_new_ones_are_seen_and_each_once(tmp_path):
    beat(tmp_path, n=1)
    heartbeats = Heartbeats(tmp_path)

    seen = [heartbeats.new()]
    for number in (2, 2, 3):
        beat(tmp_path, n=number)
        seen += [heartbeats.new(), heartbeats.new()]

    assert [each.n for each in seen if each] == [2, 3]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"received": "x"}', '{"received": 1e99, "host": "w", "n": 1}']
)
def test_what_is_no_heartbeat_is_none(tmp_path, text):
    (tmp_path / "heartbeat.json").write_text(text)

    assert hosts_heard(tmp_path, 0.03) == set()
    assert Heartbeats(tmp_path).new() is None
