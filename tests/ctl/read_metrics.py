#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads metrics from standard input with Prometheus's own client library: each family has a type, help and samples of one name."""
import sys

if "--openmetrics" in sys.argv:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
else:
    from prometheus_client.parser import text_string_to_metric_families

seen = set()
families = list(text_string_to_metric_families(sys.stdin.read()))
for family in families:
    assert family.name.startswith("golos_watch_"), family.name
    assert family.documentation and family.type != "unknown", family.name
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in seen, key
        seen.add(key)
assert len(families) >= 30 and len(seen) >= 30, (len(families), len(seen))
