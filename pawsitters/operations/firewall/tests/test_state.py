"""Who may write in the state folder, or a comment into a rule, gets no further by it."""

import os

import pytest

from pawsitters.operations.firewall import records, seen, settle, state, telling
from pawsitters.operations.firewall.errors import Refusal

NOBODY = 65534
PLAN = {"by": "Lena", "reason": "why", "check": {"ok": True, "flows": 1, "wrong": []}}
CHANGE = {"event": "change", "by": "apply 1", "summary": "x"}


@pytest.fixture
def shadow(tmp_path):
    path = tmp_path / "shadow"
    path.write_text("root")
    return path


@pytest.mark.parametrize("name", ["watch.json", "head.json", "changes/2024-08-12-1.json"])
def test_a_link_in_the_place_of_a_new_file_is_not_written_through(tmp_path, shadow, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    for write in (lambda: state.write(path, {}), lambda: records.write(path, "{}")):
        path.with_name(f".{path.name}.{os.getpid()}").symlink_to(shadow)
        write()

        assert (path.read_text(), shadow.read_text()) == ("{}", "root")


def test_nor_one_in_the_place_of_a_log_or_a_lock(tmp_path, shadow):
    for name in ("events.jsonl", "apply.lock", "records.lock"):
        (tmp_path / name).symlink_to(shadow)

    with pytest.raises(OSError, match="symbolic"):
        telling.log(tmp_path / "events.jsonl", CHANGE)
    with pytest.raises(Refusal, match="cannot be written"), settle.alone(tmp_path):
        pass
    with pytest.raises(Refusal, match="cannot be written"):
        records.create(tmp_path, dict(PLAN), {})
    assert shadow.read_text() == "root"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else")
def test_a_folder_that_somebody_else_made_is_refused(tmp_path):
    for name in ("pending", "changes"):
        (tmp_path / name).mkdir()
        os.chown(tmp_path / name, NOBODY, NOBODY)

    with pytest.raises(Refusal, match="pending was made by somebody else"), settle.alone(tmp_path):
        pass
    with pytest.raises(Refusal, match="changes was made by somebody else"):
        records.create(tmp_path, dict(PLAN), {})


def test_a_comment_does_not_hide_a_rule_from_the_watch():
    rule = '\t\tip saddr 198.51.100.1 accept comment "@pawsitters_armed accept"'
    rules = f"table inet site {{\n\tchain input {{\n{rule}\n\t}}\n}}\n"

    assert rule in seen.steady(rules)
