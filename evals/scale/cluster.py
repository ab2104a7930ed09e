"""What both drivers need: a Ray that stays on this machine unless told otherwise, a navig that dies with its worker."""

import argparse
import os
import secrets
import shutil
import sys

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray tells its makers of its use unless it is told not to.
if not any(given.split("=")[0] == "--address" for given in sys.argv):
    # Ray reads these when it is imported. Without a cluster it takes 127.0.0.1 for its own address, and listens there
    # alone; the token, of this command alone, keeps other users of the machine out.
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

import ray

# The child of a killed worker lives on, and such a navig would go on writing while the retry begins. Newer versions of
# Ray end it from another process, unless that dies too; here the kernel does, at once. A child that lost its worker
# before it could ask for that ends itself. It is a program of its own rather than a `preexec_fn`, since a Ray worker
# has many threads, and Python between fork and exec can hang there.
TIED = """
import ctypes, os, sys
if sys.platform == "linux":
    PR_SET_PDEATHSIG, SIGKILL = 1, 9
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the worker is gone")
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"{sys.argv[2]}: {error.strerror}")
"""


def tied(command):
    """The command, to be started by this process's main thread, that does not outlive this process (on Linux)."""
    return [sys.executable, "-I", "-S", "-c", TIED, str(os.getpid()), *command]


def parser(about):
    """A parser with the options that both drivers take."""
    as_it_stands = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser(description=about, formatter_class=as_it_stands, allow_abbrev=False)
    made.add_argument("--navig", default="navig", help="the program, on every machine under this name (default: navig)")
    made.add_argument("--address", help="a running cluster, such as 'auto'; without it Ray starts on this machine, "
                      "for this command, and is reached from here alone")
    made.add_argument("--cpus", type=float, default=1, help="processors that one navig takes (default: 1)")
    made.add_argument("--gpus", type=float, default=0, help="GPUs that one navig takes; it sees no others (default: 0)")
    return made


def arguments(parser):
    """(own options, what stands after `--`, which is navig's)."""
    given = sys.argv[1:]
    cut = given.index("--") if "--" in given else len(given)
    own = parser.parse_args(given[:cut])
    # A bare name is looked for on each machine; a path means the same file everywhere.
    if os.sep in own.navig:
        own.navig = os.path.abspath(own.navig)
    elif not own.address and not shutil.which(own.navig):
        parser.error(f"no program '{own.navig}' on the path; --navig names it")
    return own, given[cut + 1:]


def connect(own):
    """Joins the cluster, or starts one on loopback."""
    if own.address:
        ray.init(address=own.address, logging_level="warning")
    else:
        # Nothing large goes through Ray's store; by default it takes a third of the memory.
        ray.init(address="local", include_dashboard=False, object_store_memory=80 << 20, logging_level="warning")
    # The other machines need not have this file.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])


def places(own):
    """How many navigs the cluster has processors and GPUs for, by now."""
    there = ray.cluster_resources()
    wanted = [(there.get("CPU", 0), own.cpus), (there.get("GPU", 0), own.gpus)]
    return max(1, min(int(have // want) for have, want in wanted if want > 0))
