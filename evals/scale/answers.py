"""The file of answers: one line a photo, whoever is killed while it is written."""

import fcntl
import json
import os


class Answers:
    """An open file, locked for this process; `failed` says of each path that has its line whether it is an error."""

    def __init__(self, path):
        self.failed, self.file, whole = {}, open(path, "a+b"), 0
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"{path}: another driver writes to it") from None
        self.file.seek(0)
        for line in self.file:
            if not line.endswith(b"\n"):
                self.file.truncate(whole)  # What a kill cut off; its photo is done again.
                break
            self.note(line)
            whole += len(line)

    def note(self, line):
        answer = json.loads(line)
        failed = answer["schema"] == "navig.error/1"
        path = answer["path"] if failed else answer["photo"]["path"]
        if path in self.failed:
            raise SystemExit(f"{self.file.name}: two answers for {path}")
        self.failed[path] = failed
        return path

    def keep(self, paths, lines):
        """Writes the answers for these paths, and returns when they are on the disk."""
        for path, line in zip(paths, lines):
            if self.note(line) != path:
                raise SystemExit(f"asked for {path}, navig answered: {line[:200]!r}")
        self.file.write(b"".join(lines))
        self.file.flush()
        os.fsync(self.file.fileno())
