"""Work done in throw-away network namespaces: nothing in there reaches the machine's own network.

The kernel takes a namespace and all links and rules in it away with the last process inside.
"""

import ctypes
import os
import pickle
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable

from pawsitters.operations.firewall.errors import CANNOT_HERE, Refusal

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
PR_SET_PDEATHSIG = 1
MOST_SECONDS = 120
NOT_ALLOWED = (
    "This machine does not let {who} make network namespaces ({why}). Run this with sudo, or allow "
    "it: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone and "
    "kernel.apparmor_restrict_unprivileged_userns; in a container it needs CAP_SYS_ADMIN."
)

_libc = ctypes.CDLL(None, use_errno=True)


def run_apart(function: Callable[[], object], seconds: float = MOST_SECONDS):
    """Call `function` in a child process with a network of its own and return what it returns.

    As root, or as an ordinary user who becomes root inside. The child ends with its parent.
    Raise Refusal where namespaces are not allowed or after `seconds`.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(function, writer)
    os.close(writer)
    try:
        answer = _read(reader, time.monotonic() + seconds)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answer is None:
        raise Refusal(f"The test took longer than {seconds:.0f} s and was ended.", CANNOT_HERE)
    kind, value = pickle.loads(answer)
    if kind == "refused":
        raise Refusal(*value)
    if kind == "failed":
        raise RuntimeError(value)
    return value


def _read(reader: int, until: float) -> bytes | None:
    parts = []
    while select.select([reader], [], [], max(0, until - time.monotonic()))[0]:
        part = os.read(reader, 1 << 20)
        if not part:
            return b"".join(parts) or pickle.dumps(("failed", "the test ended without a result"))
        parts.append(part)
    return None


def _child(function, writer: int) -> None:
    """Never returns: whatever the parent had registered for its own end is not run twice."""
    try:
        end_with_parent()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        enter_own()
        answer = ("done", function())
    except Refusal as refusal:
        answer = ("refused", (str(refusal), refusal.code))
    except FileNotFoundError as error:
        answer = ("refused", (f"{error.filename} is not installed.", CANNOT_HERE))
    except OSError as error:
        answer = ("refused", (f"The test cannot be run here: {error}.", CANNOT_HERE))
    except BaseException:
        answer = ("failed", traceback.format_exc())
    with os.fdopen(writer, "wb") as pipe:
        pickle.dump(answer, pipe)
    os._exit(0)


def end_with_parent() -> None:
    """The kernel ends this process when its parent is gone, however that ended."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def enter_own() -> None:
    """Leave the machine's network for an empty one. The process must have one thread."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        error = _unshare(CLONE_NEWNET | CLONE_NEWNS)
        if not error:
            return
    try:
        if error := _unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS):
            raise error
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {user} 1"),
            ("gid_map", f"0 {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    except OSError as error:
        who = "root" if user == 0 else "an ordinary user"
        raise Refusal(NOT_ALLOWED.format(who=who, why=error.strerror), CANNOT_HERE) from None


def _unshare(flags: int) -> OSError | None:
    if _libc.unshare(flags) == 0:
        return None
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


class Space:
    """A network namespace; `with space:` is a moment inside it. Sockets made there stay there."""

    def __init__(self, fresh: bool = True):
        if fresh and (error := _unshare(CLONE_NEWNET)):
            raise error
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    @property
    def path(self) -> str:
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    def __enter__(self):
        if _libc.setns(self.fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        return self

    def __exit__(self, *_):
        """Where one is afterwards does not matter: each piece of work enters its own first."""
