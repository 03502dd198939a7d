import runpy
from pathlib import Path

from gunicorn.config import Config

import pawsitters


def test_no_header_of_a_visitor_moves_the_site_to_another_path():
    """By default gunicorn takes SCRIPT_NAME from a local proxy, whoever wrote it."""
    values = runpy.run_path(str(Path(pawsitters.__file__).with_name("gunicorn.py")))
    config = Config()
    config.set("forwarder_headers", values["forwarder_headers"])
    assert config.forwarder_headers == []
