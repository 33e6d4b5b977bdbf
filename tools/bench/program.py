"""The program that is measured, called as a user calls it."""
import pathlib
import subprocess
import time


def start(command):
    """Starts a command whose output is read at its end."""
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def measured(command, peak=True):
    """Runs a command to its end: seconds, the most private memory in MiB (0 unless `peak`), what it printed.

    Exit status 3 says that there was nothing to do, and is no failure.
    """
    begin = time.perf_counter()
    process = start(command)
    most = 0
    while peak and process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            most = max([most, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))])
        except OSError:
            break
        time.sleep(0.002)
    out, errors = process.communicate()
    seconds = time.perf_counter() - begin
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(map(str, command))}\n{errors}")
    return seconds, most / 1024, out
