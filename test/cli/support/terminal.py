"""Runs a command at a terminal of its own. Lines on standard input are JSON strings to type; what the terminal shows goes to standard output."""
import json, os, pty, sys, threading

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])


def type_lines():
    for line in sys.stdin:
        os.write(terminal, json.loads(line).encode())


threading.Thread(target=type_lines, daemon=True).start()
while True:
    try:
        shown = os.read(terminal, 4096)
    except OSError:
        break
    if not shown:
        break
    os.write(1, shown)
_, status = os.waitpid(pid, 0)
os._exit(os.waitstatus_to_exitcode(status))
