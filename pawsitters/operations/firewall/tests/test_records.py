"""Records of changes: nothing can be altered, left out or cut off unnoticed."""

import json

import pytest

from pawsitters.operations.firewall import records
from pawsitters.operations.firewall.changes import approve, as_text
from pawsitters.operations.firewall.errors import Refusal

PLAN = {"by": "Lena", "reason": "web3 is new", "check": {"ok": True, "flows": 2, "wrong": []}}


@pytest.fixture
def state(tmp_path):
    """Two changes, the first one approved after the second was planned."""
    for _ in range(2):
        records.create(tmp_path, dict(PLAN), {".nft": "table inet site {}\n"})
    first, _ = records.read_all(tmp_path / "changes")
    approve(tmp_path, first.id, "Mara")
    return tmp_path


def ids(state):
    return [record.id for record in records.read_all(state / "changes")]


def rewrite(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_records_tell_who_did_what_in_order(state):
    first, second = records.read_intact(state)

    assert [(e["event"], e["by"]) for e in first.events] == [
        ("planned", "Lena"),
        ("approved", "Mara"),
    ]
    assert (first.status, second.status) == ("approved", "planned")
    assert first.id.rpartition("-")[2] == "1"
    assert second.id.rpartition("-")[2] == "2"


def alter_reason(state, first, second):
    rewrite(first, lambda content: content["plan"].update(reason="nothing special"))


def alter_approver(state, first, second):
    rewrite(first, lambda content: content["events"][1].update(by="Tom"))


def alter_approver_and_hash(state, first, second):
    def change(content):
        event = content["events"][0]
        event["by"] = "Tom"
        event["hash"] = records.digest(event)

    rewrite(first, change)


def remove_record(state, first, second):
    second.unlink()


def cut_off_the_end(state, first, second):
    rewrite(first, lambda content: content["events"].pop())


def alter_candidate(state, first, second):
    first.with_suffix(".nft").write_text("table inet other {}\n")


def copy_as_another(state, first, second):
    (first.parent / "2020-01-01-1.json").write_text(first.read_text())


def damage(state, first, second):
    second.write_text("{")


def damage_events(state, first, second):
    rewrite(second, lambda content: content.update(events=[]))


def take_the_check(state, first, second):
    rewrite(second, lambda content: content["plan"].pop("check"))


def number_a_text(state, first, second):
    rewrite(second, lambda content: content["events"][0].update(text=7))


def name_a_file_elsewhere(state, first, second):
    rewrite(second, lambda content: content["plan"]["files"].update({"/dev/zero": ""}))


def link_a_file_elsewhere(state, first, second):
    path = second.with_suffix(".nft")
    path.unlink()
    path.symlink_to("/dev/zero")


def link_a_record_elsewhere(state, first, second):
    second.unlink()
    second.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "tamper",
    [
        name_a_file_elsewhere,
        link_a_file_elsewhere,
        link_a_record_elsewhere,
        take_the_check,
        number_a_text,
        alter_reason,
        alter_approver,
        alter_approver_and_hash,
        remove_record,
        cut_off_the_end,
        alter_candidate,
        copy_as_another,
        damage,
        damage_events,
    ],
)
def test_after_tampering_nothing_is_read_or_added(state, tamper):
    folder = state / "changes"
    paths = [folder / f"{change}.json" for change in ids(state)]
    tamper(state, *paths)

    with pytest.raises(Refusal, match=r"altered|missing|damaged|copied"):
        records.read_intact(state)
    with pytest.raises(Refusal):
        records.append(state, paths[0].stem, "applied", "Lena")


@pytest.mark.parametrize("name", ["Lena", "lena", " LE NA "])
def test_nobody_approves_their_own_change(state, name):
    second = ids(state)[1]

    with pytest.raises(Refusal, match="second person"):
        approve(state, second, name)
    assert records.read_one(state / "changes", second).status == "planned"


def test_nothing_in_a_record_steers_the_terminal_of_who_approves_it(state):
    plan = {**PLAN, "diff": '+\tcomment "\x1b[8m"\n+\taccept \u202e', "impact": []}
    record = records.create(state, plan, {})
    record = approve(state, record.id, "Mara", "fine\x1b[2J")

    text = as_text(record)
    assert "\x1b" not in text
    assert '+\tcomment "\\x1b[8m"\n+\taccept \\u202e' in text


def test_a_full_disk_is_one_sentence_and_leaves_the_record_whole(state, monkeypatch):
    first = ids(state)[0]

    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(records.os, "fsync", full)
    with pytest.raises(Refusal, match="cannot be written: No space left on device"):
        records.append(state, first, "applied", "Lena")
    assert [record.status for record in records.read_intact(state)] == ["approved", "planned"]
    assert not list((state / "changes").glob(".*"))


def test_an_emergency_is_reviewed_by_a_second_person(state):
    change = ids(state)[1]
    records.append(state, change, "applied", "Mara", "EMERGENCY: fire", emergency=True)
    records.append(state, change, "confirmed", "Mara")

    with pytest.raises(Refusal, match="second person"):
        approve(state, change, "mara")
    assert records.read_one(state / "changes", change).needs_review
    reviewed = approve(state, change, "Tom")
    assert not reviewed.needs_review
    assert reviewed.status == "confirmed"


def test_what_cannot_be_approved(state):
    first, second = ids(state)
    with pytest.raises(Refusal, match="approved already"):
        approve(state, first, "Tom")
    with pytest.raises(Refusal, match="no change '2024-08-12-1'"):
        approve(state, "2024-08-12-1", "Tom")
    with pytest.raises(Refusal, match="no change '../../etc'"):
        approve(state, "../../etc", "Tom")
    with pytest.raises(Refusal, match="--by is empty"):
        approve(state, second, " ")
    with pytest.raises(Refusal, match="--reason is empty"):
        records.create(state, {**PLAN, "reason": "\n"}, {})

    wrong = [
        {"flow": "web -> db:3306/tcp", "expected": "must pass", "seen": "no answer", "rule": ""}
    ]
    failing = {**PLAN, "check": {"ok": False, "flows": 1, "wrong": wrong}}
    with pytest.raises(Refusal, match="web -> db:3306"):
        approve(state, records.create(state, failing, {}).id, "Tom")
