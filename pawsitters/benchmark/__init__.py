"""Measures PawSitters against its budgets on a private database: sh script/bench --help

Nothing here is routed or imported by the site. Ratios from one run are what counts: single times
belong to the machine and the hour.
"""
