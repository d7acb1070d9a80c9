#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A real Prometheus scrapes a watcher's page, reads our alert rules and answers each query of our board.
Usage: scrape.py UNIX_SOCKET RULES BOARD ALERT. Prints "scraped", then "fires" once ALERT does, then "resolved" once it does not; a line of the
caller on standard input goes on to the next. Alerts need not stand here: promtool tests their time."""
import json, os, re, shutil, socket, subprocess, sys, tempfile, threading, time, urllib.parse, urllib.request

SOCKET, RULES, BOARD, ALERT = sys.argv[1:]
LIMIT_S = 90


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(listener):
    """Prometheus knows no unix sockets: each connection is handed on."""
    while True:
        client = listener.accept()[0]
        page = socket.socket(socket.AF_UNIX)
        try:
            page.connect(SOCKET)
        except OSError:
            client.close()
            continue
        for pair in ((client, page), (page, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def start(folder, port):
    rules = re.sub(r"    for: .*\n", "", open(RULES).read())
    open(folder + "/rules.yml", "w").write(rules)
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "golos-watch", "static_configs": [{"targets": [f"localhost:{port}"]}]}],
    }
    json.dump(config, open(folder + "/prometheus.yml", "w"))
    return subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def address(prometheus):
    for line in prometheus.stderr:
        match = re.search(r'"?Listening on"? address=(\S+)', line)
        if match:
            threading.Thread(target=prometheus.stderr.read, daemon=True).start()
            return match.group(1)
    sys.exit("Prometheus did not start")


def ask(where, path, **query):
    with urllib.request.urlopen(f"http://{where}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
        return json.load(answer)["data"]


def wait_for(what, is_so):
    end = time.monotonic() + LIMIT_S
    while not is_so():
        if time.monotonic() > end:
            sys.exit(f"in vain waited for: {what}")
        time.sleep(0.2)


def is_ready(where):
    try:
        return urllib.request.urlopen(f"http://{where}/-/ready", timeout=10).status == 200
    except OSError:  # 503 until it has read its storage
        return False


def fires(where):
    return any(a["labels"]["alertname"] == ALERT and a["state"] == "firing" for a in ask(where, "alerts")["alerts"])


def scraped(where):
    targets = ask(where, "targets")["activeTargets"]
    return targets and targets[0]["health"] == "up"


def check_board(where):
    """Each query is one that Prometheus understands; those of a monitor have an answer."""
    answered = 0
    for panel in json.load(open(BOARD))["panels"]:
        for target in panel["targets"]:
            result = ask(where, "query", query=target["expr"].replace("$witness", ".*"))["result"]
            answered += bool(result)
    assert answered >= 10, answered


def say(word):
    print(word, flush=True)
    sys.stdin.readline()


folder = tempfile.mkdtemp()
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
prometheus = start(folder, listener.getsockname()[1])
try:
    where = address(prometheus)
    wait_for("Prometheus", lambda: is_ready(where))
    wait_for("a scrape", lambda: scraped(where))
    check_board(where)
    wait_for("no alert", lambda: not fires(where))
    say("scraped")
    wait_for("the alert", lambda: fires(where))
    say("fires")
    wait_for("its end", lambda: not fires(where))
    print("resolved", flush=True)
finally:
    prometheus.kill()
    prometheus.wait()
    shutil.rmtree(folder)
