"""Heartbeats hurry while somebody on the database host tests new rules and waits for them."""

import pytest

from pawsitters.operations import heartbeat, sentinel, verdicts, witness_client


class Stop:
    """Ends the loop at its first pause, and knows how long that was meant to be."""

    pause = None

    def is_set(self):
        return self.pause is not None

    def wait(self, seconds):
        self.pause = seconds


@pytest.mark.parametrize(("pending", "most", "least"), [("2026-01-02-3", 0.25, 0), (None, 1, 0.5)])
def test_it_beats_faster_while_a_change_is_pending(monkeypatch, settings, pending, most, least):
    settings.WITNESS, settings.WITNESS_KEY = "127.0.0.1:9", "key"
    word = witness_client.Word("answered", {"pending": pending})
    monkeypatch.setattr(heartbeat.witness_client, "ask", lambda **_: word)
    verdict = verdicts.Verdict("ok", "", 1.0, sentinel.clock.now())
    monkeypatch.setattr(sentinel, "full_probe", lambda: verdict)
    guard, stop = sentinel.Sentinel(), Stop()
    monkeypatch.setattr(guard, "_after_a_good_answer", lambda _: guard.heart._thread.join())

    guard.run(stop)

    assert least < stop.pause <= most


def test_each_has_a_higher_number_also_after_a_restart(monkeypatch, settings):
    settings.WITNESS, settings.WITNESS_KEY = "127.0.0.1:9", "key"
    sent = []

    def ask(question):
        sent.append(question["heartbeat"]["n"])
        return witness_client.Word("answered", {})

    monkeypatch.setattr(heartbeat.witness_client, "ask", ask)
    for heart in (heartbeat.Heart(), heartbeat.Heart()):
        for _ in range(2):
            heart.beat(1.0)
            heart._thread.join()
        heartbeat.time.sleep(0.003)

    assert sent == sorted(set(sent))
