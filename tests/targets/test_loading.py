import pytest

import targets
from targets import TargetsUnreadable, parse

# (old text, new text, the expected line)
DEFECTS = [
    ('p95 = "200ms"', 'p95 = "200MB"', "slo.latency.p95: '200MB' is not a duration"),
    ('p95 = "200ms"', "p95 = 200", "slo.latency.p95: 200 has no unit"),
    ('p95 = "200ms"', 'p95 = "200 ms"', "slo.latency.p95: '200 ms' is not a duration"),
    ('p95 = "200ms"', 'objective = "101%"', "slo.latency.objective: '101%' is more"),
    ('p95 = "200ms"\n', "", "slo.latency: wants exactly one of p95, objective"),
    ('p95 = "200ms"', 'p59 = "200ms"', "slo.latency.p59: unknown key"),
    ('title = "API latency, overall"\n', "", "slo.latency.title: missing"),
    ('p95 = "200ms"', 'p95 = "200ms"\np95 = "1s"', "slo.latency.p95: Cannot overwrite"),
    ("[slo.latency]", "[slo.errors]", "slo.errors: Cannot declare"),
    ('"API latency, overall"', '"Executing a task"', "slo.task.title: same as slo.lat"),
    ('source = ["D1", "D3"]', 'source = ["D9"]', "slo.latency.source[0]: Invalid enum"),
    ('source = ["D1", "D3"]', "source = []", "slo.latency: names no source"),
    ('source = ["D1", "D3"]', 'source = ["ours"]', "slo.latency: source 'ours' and"),
    ('proof = ["load:steady"]', "proof = []", "slo.latency.proof: nothing proves it"),
    ('["load:steady"]', '["load:brisk"]', "slo.latency.proof: 'load:brisk' is not"),
    ('["later:logs"]', '["later:never"]', "limit.log-retention.proof: 'later:never'"),
    ('["later:logs"]', '["later:goals"]', "later.logs: no target waits for it"),
    ('signal = "http"', 'signal = "htpp"', "slo.latency.signal: 'htpp' is not listed"),
    (
        'watches = "slo.errors"',
        'watches = "slo.x"',
        "alert.error-rate.watches: 'slo.x'",
    ),
    ('"slo.errors", "limit', '"slo.x", "limit', "capacity.api.holding: 'slo.x' is not"),
    ('spend = "2%"', 'spend = "2s"', "budget.burn[0].spend: '2s' is not a ratio"),
    ("max_connections = 100\n", "", "assume.max_connections: missing"),
    ("min_events = 1000", 'min_events = "1"', "budget.min_events: Expected `int`"),
    ('service = "holdfast"', "", "service: wants a name"),
    ("schema = 1", "schema = 2", "schema: wants 1"),
    ("schema = 1", "schema = 1\nhaste = 3", "haste: unknown table or key"),
    ("[resolution]", '[resolution]\nx = ""', "resolution.x: wants a reason"),
    ("[slo.latency]", "[slo.latency", "slo.latency"),
]


@pytest.mark.parametrize(("good", "bad", "complaint"), DEFECTS)
def test_a_planted_defect_is_one_line_naming_its_key(written, good, bad, complaint):
    assert good in written

    with pytest.raises(TargetsUnreadable) as refused:
        parse(written.replace(good, bad, 1))

    assert str(refused.value).splitlines()[0].startswith(complaint)


def test_a_missing_family_is_named(written):
    blocks = written.split("\n\n")
    without = "\n\n".join(block for block in blocks if "[scale." not in block)

    with pytest.raises(TargetsUnreadable, match=r"^scale: missing table"):
        parse(without)


def test_several_defects_are_several_lines(written):
    broken = written.replace('p95 = "200ms"', 'p95 = "200"')
    broken = broken.replace('memory = "200MB"', 'memory = "200"')

    with pytest.raises(TargetsUnreadable) as refused:
        parse(broken)

    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "slo.latency.p95",
        "limit.api-memory.memory",
    ]


class TestTheFile:
    def test_every_target_is_found_by_its_full_id(self):
        everything = targets.load().all()

        assert targets.load().find("slo.latency") is everything["slo.latency"]
        assert all(target.value >= 0 and target.unit for target in everything.values())

    @pytest.mark.parametrize(
        ("full_id", "value", "unit", "comparison"),
        [
            ("slo.latency-events", 0.15, "s", "at_most"),
            ("slo.availability", 0.999, "ratio", "at_least"),
            ("limit.platform-memory", 1.5e9, "B", "at_most"),
            ("capacity.api", 1000, "1/s", "at_least"),
            ("recovery.database-process-killed", 5, "s", "at_most"),
            ("recovery.lost-writes", 0, "count", "at_most"),
            ("recovery.negative-control", 1, "count", "at_least"),
            ("rollout.canary-steps", 0.1, "ratio", "at_most"),
            ("speed.list-over-peer", 4, "times", "at_least"),
            ("speed.list-flat", 1.5, "times", "at_most"),
            ("speed.telemetry", 1e-5, "s", "at_most"),
            ("alert.uptime", 0.99, "ratio", "at_least"),
        ],
    )
    def test_values_are_in_base_units(self, full_id, value, unit, comparison):
        target = targets.load().find(full_id)

        assert target.value == pytest.approx(value)
        assert (target.unit, target.comparison) == (unit, comparison)

    def test_a_p95_allows_one_event_in_twenty_to_be_slow(self):
        assert targets.load().slo["latency"].bad_share == 0.05
        assert targets.load().slo["errors"].bad_share == 0.001


class TestEdges:
    @pytest.mark.parametrize(
        ("signal", "limits"),
        [
            ("http", {0.1, 0.15, 0.2, 0.3, 0.5, 1.0}),
            ("db", {0.01, 0.1}),
            ("job", {2.0}),
            ("wait", {1.0}),
        ],
    )
    def test_every_limit_of_a_signal_is_an_edge(self, signal, limits):
        edges = targets.edges(signal)

        assert limits <= set(edges)
        assert list(edges) == sorted(set(edges))
        assert len(edges) < 16

    def test_a_moved_limit_moves_its_edge(self, written):
        moved = parse(written.replace('p95 = "150ms"', 'p95 = "170ms"'))

        assert 0.17 in moved.edges("http")
        assert 0.15 not in moved.edges("http")

    def test_an_unknown_signal_has_no_edges(self):
        with pytest.raises(KeyError, match="htpp"):
            targets.edges("htpp")
