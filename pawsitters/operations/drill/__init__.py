"""Replays outages of the database in network namespaces: `manage.py drill` (docs/operations.md).

Test equipment, not part of the site: it may import the apps and the benchmark.
"""
