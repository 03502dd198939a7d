import pytest
from django.test import Client


@pytest.fixture
def client_b():
    """A second browser."""
    return Client()
