#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each alert rule fires after its time, not before, and is resolved: by promtool, in virtual time. Usage: test_alerts.py RULES METRICS_C"""
import json, re, subprocess, sys, tempfile

RULES, METRICS = sys.argv[1], open(sys.argv[2]).read()
HOST = {"instance": "a:1"}
OF = {**HOST, "exported_instance": "m", "witness": "foo"}
OURS, OTHER = [("producer", {**OF, "producer": who}, 1) for who in ("ours", "other")]
SICK_AT = 30  # minute
DAY = 86400

# alert: metric, its labels, value while well, value while not, minutes that it must stand, another series that it wants
CASES = {
    "GolosWatchDown": ("up", {"job": "golos-watch", **HOST}, 1, 0, 2, None),
    "GolosWatchBlind": ("healthy", HOST, 1, 0, 2, None),
    "GolosWatchSignerDown": ("signer_up", HOST, 1, 0, 1, None),
    "GolosWatchJournalNotWritable": ("journal_writable", HOST, 1, 0, 1, None),
    "GolosWatchStandbyNotReady": ("ready", OF, 1, 0, 10, OTHER),
    "GolosWatchProducerNotReady": ("ready", OF, 1, 0, 1, OURS),
    "GolosWatchNobodyProduces": ("producer", {**OF, "producer": "none"}, 0, 1, 5, None),
    "GolosWatchSwitchHeld": ("switch_due", OF, 0, 1, 3, None),
    "GolosWatchSlotsMissed": ("misses_in_window", OF, 0, 2, 0, OURS),
    "GolosWatchSwitchesUsedUp": ("switches_left", OF, 3, 0, 0, None),
    "GolosWatchHeld": ("hold", OF, 0, 1, 1440, None),
    "GolosWatchClockWrong": ("clock_offset_seconds", HOST, 0.2, -3, 5, None),
    "GolosWatchNodeDown": ("node_up", {**HOST, "node": "ws://b"}, 1, 0, 10, None),
    "GolosWatchNodeApiMissing": ("node_api_missing", {**HOST, "node": "ws://b", "api": "witness_api"}, 0, 1, 5, None),
    "GolosWatchLowParticipation": ("participation_ratio", OF, 0.95, 0.5, 5, None),
    "GolosWatchLogLinesDropped": ("log_lines_dropped_total", HOST, 0, 7, 0, None),
    "GolosWatchFetchDown": ("fetch_up", HOST, 1, 0, 5, None),
    "GolosWatchFeedOld": ("feed_published_timestamp_seconds", OF, SICK_AT * 60, SICK_AT * 60 - 4 * DAY, 10, None),
    "GolosWatchFeedSourceBad": ("feed_source_good", {**OF, "place": "1", "quantity": "xau", "source": "s"}, 1, 0, 1440, None),
}


def name_of(metric):
    return metric if metric == "up" else "golos_watch_" + metric


def series(metric, labels, values):
    body = ",".join(f"{k}={json.dumps(v)}" for k, v in sorted(labels.items()))
    return {"series": f"{name_of(metric)}{{{body}}}", "values": values}


def severities():
    text = open(RULES).read()
    return dict(re.findall(r"- alert: (\w+)\n(?:.*\n)*?    labels: \{severity: (\w+)\}", text))


def one_test(alert, severity):
    metric, labels, well, sick, minutes, other = CASES[alert]
    end = SICK_AT + minutes + 70
    values = f"{well}x{SICK_AT - 1} {sick}x{minutes + 69} {well}x200"
    inputs = [series(metric, labels, values)]
    if other:
        inputs.append(series(other[0], other[1], f"{other[2]}x{end + 200}"))
    fired = {k: v for k, v in {**labels, "alertname": alert, "alertstate": "firing", "severity": severity}.items()}
    fired = ",".join(f"{k}={json.dumps(v)}" for k, v in sorted(fired.items()))

    def at(minute, fires):
        return {
            "expr": f'ALERTS{{alertstate="firing",alertname="{alert}"}}',
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": f"ALERTS{{{fired}}}", "value": 1}] if fires else [],
        }

    tests = [at(SICK_AT - 5, False), at(SICK_AT + minutes + 1, True), at(end + 100, False)]
    if minutes > 0:
        tests.append(at(SICK_AT + minutes - 1, False))
    return {"interval": "1m", "input_series": inputs, "promql_expr_test": tests}


found = severities()
assert set(found) == set(CASES), set(found) ^ set(CASES)
for metric, *_ in CASES.values():
    base = metric[: -len("_total")] if metric.endswith("_total") else metric
    assert metric == "up" or f'"{base}"' in METRICS, f"no such metric: {metric}"
with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
    json.dump({"rule_files": [RULES], "evaluation_interval": "1m", "tests": [one_test(a, s) for a, s in found.items()]}, file)
    file.flush()
    subprocess.run(["promtool", "check", "rules", RULES], check=True)
    subprocess.run(["promtool", "test", "rules", file.name], check=True)
