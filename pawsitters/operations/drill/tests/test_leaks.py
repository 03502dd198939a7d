"""Nobody's private words reach another, before, during or after an outage. Short form of the drill."""

import pytest

from pawsitters.operations.drill import leaks

pytestmark = pytest.mark.mysql


def test_no_private_word_reaches_another_person_or_the_kept_pages():
    found = leaks.run(people=20, requests=600, report=lambda words: None)

    assert found.leaks == []
    assert found.own > 1000
    kinds = set(found.answers)
    assert {("2 during", "202"), ("2 during", "200 kept"), ("2 during", "503")} <= kinds
    assert not [kind for _phase, kind in kinds if kind.startswith(("500", "no answer"))]
