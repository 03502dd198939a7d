"""Settings of gunicorn: gunicorn -c pawsitters/gunicorn.py pawsitters.wsgi"""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY") or len(os.sched_getaffinity(0)))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 16)
timeout = 30
graceful_timeout = 10
# Loaded once and shared by the workers: quicker to start and smaller. Nothing connects at import.
preload_app = True
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# A transaction whose web host was cut off keeps its row locks until the server ends it, and whoever
# wants the same rows waits, also after the outage. No request is silent for as long as this.
os.environ.setdefault("DATABASE_IDLE", "10")
control_socket_disable = True
# Proxies that keep headers with underscores would let a visitor send SCRIPT_NAME, which changes
# every link and redirect of the answer; the site always lives at the root of its host.
forwarder_headers = ""
accesslog = os.environ.get("ACCESS_LOG") or None
loglevel = "warning"
