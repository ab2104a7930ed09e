"""A PostgreSQL server that exists only while it is used, and the memory of a tree of processes."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

# What a person would set for one large import and read-mostly use on a small machine. Nothing of the data needs to
# survive a power cut, so the server need not wait for the disk.
SETTINGS = {
    "shared_buffers": "1GB", "maintenance_work_mem": "512MB", "work_mem": "64MB", "effective_cache_size": "8GB",
    "max_parallel_workers": "2", "max_parallel_workers_per_gather": "2", "max_parallel_maintenance_workers": "2",
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
    "max_wal_size": "4GB", "checkpoint_timeout": "30min", "autovacuum": "off", "jit": "off", "random_page_cost": "1.1",
    "listen_addresses": "",
}


def programs():
    """The folder of the newest server that Debian installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if not found:
        raise SystemExit("no PostgreSQL here: apt-get install postgresql postgresql-15-postgis-3 osm2pgsql osmium-tool")
    return found[-1].parent


class Server:
    """A cluster in a folder of its own, on a unix socket. Leaving the `with` stops it and removes the folder."""

    def __enter__(self):
        # A plain end by SIGTERM would leave the server behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="navig-peer-"))
        self.process = None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def as_owner(self, command):
        """PostgreSQL refuses to run as root; then it runs as its own user."""
        if os.geteuid() != 0:
            return command
        return ["runuser", "-u", "postgres", "--", *command]

    def start(self):
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        data, log = self.folder / "data", self.folder / "log"
        make = [str(programs() / "initdb"), "-D", str(data), "-U", "peer", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(self.as_owner(make), check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        settings = [f"-c{key}={value}" for key, value in SETTINGS.items()]
        run = [str(programs() / "postgres"), "-D", str(data), "-k", str(self.folder), *settings]
        self.process = subprocess.Popen(self.as_owner(run), stdout=log.open("w"), stderr=subprocess.STDOUT, cwd=self.folder)
        for _ in range(300):
            if (self.folder / ".s.PGSQL.5432").exists() and self.sql("SELECT 1", check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        raise RuntimeError("the server did not answer within 30 s")

    def sql(self, text, database="postgres", check=True):
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "peer", "-d", database, "-At", "-c", text]
        return subprocess.run(command, check=check, capture_output=True, text=True)

    def pid(self):
        """The first process of the server; its children are the rest."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def data_bytes(self, database):
        return int(self.sql(f"SELECT pg_database_size('{database}')").stdout)

    def __exit__(self, *_):
        if self.process is not None:
            try:
                os.kill(self.pid(), signal.SIGINT)
            except (OSError, ValueError, IndexError):
                self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def family(roots):
    """The processes and all their descendants."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = set(), list(roots)
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.add(pid)
            todo += children.get(pid, [])
    return found


def proportional_mb(pid):
    """Memory of a process in which a page shared by n processes counts as 1/n."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


class PeakMemory:
    """The largest sum over a family of processes, looked at five times a second while in the `with`."""

    def __init__(self, *roots):
        self.roots, self.mb, self.done = roots, 0.0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self):
        while not self.done.wait(0.2):
            self.mb = max(self.mb, sum(proportional_mb(pid) for pid in family(self.roots)))

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
