"""Firewall rules of the database host: tested before they apply, guarded while they do, watched after.

Standard library only and no Django, so that it runs there with python3 alone:
python -m pawsitters.operations.firewall --help
"""

import os

# nft, ip and iptables-restore are there on Debian, and not in the PATH of an ordinary user.
os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
