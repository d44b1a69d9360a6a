"""Observability has the metrics of rules and dashboards, and no further rights."""

import json
from pathlib import Path

import msgspec
import pytest
from infra.observability.database_metrics import recording_rules
from infra.observability.scraping import SCRAPE_SECONDS

import targets
from tests.infra import promtool

RENDERED = Path(__file__).parents[2] / "dashboards" / "rendered"
META = "__meta_kubernetes_pod_"


@pytest.fixture(scope="session")
def watched(previews):
    return previews["production"]


def data_of(objects, name):
    (made,) = [m for m in objects if (m["type"], m["name"]) == ("ConfigMap", name)]
    return made["inputs"]["data"]


@pytest.fixture
def configuration(watched):
    return json.loads(data_of(watched, "prometheus-settings")["prometheus.yml"])


@pytest.fixture
def discovered(configuration, tmp_path):
    """Return the labels that Prometheus gives a planted pod, by its own relabeling."""

    def look(job, **pod):
        labels = {
            f"{META}phase": "Running",
            f"{META}container_port_name": "metrics",
            **{f"{META}{key}": value for key, value in pod.items()},
        }
        planted = [{"targets": ["pod:1"], "labels": labels}]
        (tmp_path / "pods.json").write_text(json.dumps(planted))
        (chosen,) = [c for c in configuration["scrape_configs"] if c["job_name"] == job]
        del chosen["kubernetes_sd_configs"]
        chosen["file_sd_configs"] = [{"files": [str(tmp_path / "pods.json")]}]
        file = tmp_path / "prometheus.yml"
        file.write_text(json.dumps({"scrape_configs": [chosen]}))
        words = ("check", "service-discovery", "--timeout=1s", file, job)
        code, said = promtool.run(promtool.PROMTOOL, *words)
        assert code == 0, said
        (found,) = json.loads(said[said.index("[") :])
        return {k: v for k, v in found["labels"].items() if not k.startswith("__")}

    return look


def test_the_job_is_the_program_and_the_instance_is_its_pod(discovered):
    found = discovered("programs", name="relay-1", label_app_kubernetes_io_name="relay")

    assert found == {"job": "relay", "instance": "relay-1"}


def test_an_api_pod_has_its_release_as_a_label(discovered):
    found = discovered(
        "programs",
        name="api-1",
        label_app_kubernetes_io_name="api",
        label_rollouts_pod_template_hash="5d4c",
    )

    assert found == {"job": "api", "instance": "api-1", "release": "5d4c"}


@pytest.mark.parametrize(
    "pod",
    [
        {"label_app_kubernetes_io_name": "migrations"},
        {"label_app_kubernetes_io_name": "api", "phase": "Succeeded"},
        {"label_app_kubernetes_io_name": "api", "container_port_name": "http"},
    ],
)
def test_pods_that_do_not_run_our_programs_are_not_scraped(discovered, pod):
    assert discovered("programs", name="other", **pod) == {}


def test_members_and_nodes_have_their_own_names(discovered):
    assert discovered("patroni", name="holdfast-2") == {
        "job": "patroni",
        "instance": "holdfast-2",
    }


def test_a_node_is_the_instance_of_its_exporter(discovered):
    found = discovered("node", container_port_name="http", node_name="node-1")

    assert found == {"job": "node", "instance": "node-1"}


def test_stores_and_pages_are_scraped_through_exporters(configuration):
    jobs = {job["job_name"]: job for job in configuration["scrape_configs"]}
    stores = [t["labels"]["instance"] for t in jobs["redis"]["static_configs"]]

    assert stores == ["broker", "cache"]
    assert jobs["redis"]["metrics_path"] == "/scrape"
    assert all(
        page["targets"] == [page["labels"]["instance"]]
        for page in jobs["blackbox"]["static_configs"]
    )


def test_prometheus_accepts_its_configuration_and_rules(watched, tmp_path):
    rules = data_of(watched, "prometheus-rules")
    text = data_of(watched, "prometheus-settings")["prometheus.yml"]
    for name, rule in rules.items():
        (tmp_path / name).write_text(rule)
    good = tmp_path / "prometheus.json"
    good.write_text(text.replace("/rules/", f"{tmp_path}/"))
    code, said = promtool.run(promtool.PROMTOOL, "check", "config", good)

    assert code == 0, said
    assert f"{len(rules)} rule files found" in said

    bad = tmp_path / "bad.json"
    bad.write_text(text.replace('"role": "pod"', '"role": "pot"'))
    assert promtool.run(promtool.PROMTOOL, "check", "config", bad)[0] != 0


def test_rules_boards_and_routes_are_mounted_byte_for_byte(watched):
    rules = data_of(watched, "prometheus-rules")
    mounted = {
        **{name: text for name, text in rules.items() if name != "members.rules.yml"},
        **data_of(watched, "alertmanager"),
        **data_of(watched, "grafana-dashboards"),
    }
    committed = {
        path.name: path.read_text(encoding="utf-8")
        for pattern in ("*.rules.yml", "alertmanager.yml", "holdfast-*.json")
        for path in RENDERED.glob(pattern)
    }

    assert mounted == committed


def test_routes_with_a_webhook_address_are_a_secret(completed, preview_all, tmp_path):
    stack = completed("production")
    stack["config"]["holdfast:alertWebhookEnabled"] = "true"
    stack["config"]["holdfast:alertWebhook"] = "https://hush-hook.example.org/k"
    stack["secret"].append("holdfast:alertWebhook")

    (answer,) = preview_all([stack])
    (kept,) = [
        made["inputs"]["stringData"]["secret"]
        for made in answer["objects"]
        if (made["type"], made["name"]) == ("Secret", "alertmanager")
    ]
    file = tmp_path / "alertmanager.yml"
    file.write_text(kept["alertmanager.yml"])
    code, said = promtool.run(promtool.AMTOOL, "check-config", file)

    assert code == 0, said
    assert "alerts.invalid" not in kept["alertmanager.yml"]
    assert "hush-hook.example.org/k/page/api" in kept["alertmanager.yml"]


def test_metrics_are_retained_for_the_budget_window(watched):
    window = targets.load().budget.window.text

    assert f"--storage.tsdb.retention.time={window}" in arguments(watched, "prometheus")


def arguments(objects, name):
    (made,) = [
        m
        for m in objects
        if m["name"] == name and m["type"] in ("StatefulSet", "Deployment")
    ]
    (container,) = made["inputs"]["spec"]["template"]["spec"]["containers"]
    return container["args"]


def test_an_alert_fires_within_the_target_time():
    """Worst case: just scraped, the next scrape times out, and rules have turns."""
    promised = targets.load()
    rules_seconds, patience = 15, 60

    assert (
        2 * SCRAPE_SECONDS + rules_seconds + patience
        <= promised.recovery["drill-detected"].value
    )


def test_prometheus_may_list_pods_where_it_scrapes_and_do_nothing_else(watched):
    roles = [m["inputs"] for m in watched if m["type"] == "Role" and is_ours(m)]
    bindings = [
        m["inputs"] for m in watched if m["type"] == "RoleBinding" and is_ours(m)
    ]

    assert {role["metadata"]["namespace"] for role in roles} == {
        "holdfast",
        "holdfast-data",
        "observability",
    }
    for role in roles:
        assert role["rules"] == [
            {
                "apiGroups": [""],
                "resources": ["pods"],
                "verbs": ["get", "list", "watch"],
            }
        ]
    for binding in bindings:
        (subject,) = binding["subjects"]
        assert (subject["name"], subject["namespace"]) == (
            "prometheus",
            "observability",
        )


def is_ours(made):
    return made["name"].startswith("pod-reader-")


def pods_of(objects, namespace):
    return {
        made["name"]: made["inputs"]["spec"]["template"]["spec"]
        for made in objects
        if made["type"] in ("StatefulSet", "Deployment", "DaemonSet")
        and made["inputs"]["metadata"].get("namespace") == namespace
    }


def test_only_prometheus_has_a_token(watched):
    pods = pods_of(watched, "observability")
    bearing = {n for n, pod in pods.items() if pod["automountServiceAccountToken"]}

    assert bearing == {"prometheus"}


def test_every_observability_pod_is_limited_and_restricted(watched):
    pods = pods_of(watched, "observability") | pods_of(watched, "observability-agents")

    assert {"prometheus", "alertmanager", "grafana", "tempo", "loki"} < set(pods)
    for pod in pods.values():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert {"startupProbe", "livenessProbe", "readinessProbe"} < set(container)


MEMBER = 'job="patroni",instance="holdfast-{n}",name="holdfast-{n}"'
STANDBY = (
    'cnpg_standby_synchronous{job="patroni",instance="holdfast-1",name="holdfast-1",'
    'application_name="holdfast-2"}'
)


@pytest.fixture
def roles(tmp_path):
    """Return the recorded roles of three members, the first of them the leader."""

    def reckon(name):
        rules = msgspec.json.decode(recording_rules(5))["groups"][0]["rules"]
        (expr,) = [rule["expr"] for rule in rules if rule["record"] == name]
        series = {STANDBY: "1x200"}
        for n, follows in ((1, 0), (2, 1), (3, 1)):
            labels = MEMBER.format(n=n)
            series[f"patroni_replica{{{labels}}}"] = f"{follows}x200"
        return sorted(promtool.answer(expr, series, tmp_path))

    return reckon


def test_one_member_leads_and_one_is_synchronous(roles):
    assert roles("patroni_primary") == [0.0, 0.0, 1.0]
    assert roles("patroni_sync_standby") == [0.0, 0.0, 1.0]


def test_parts_that_are_off_do_not_exist(previews):
    pods = pods_of(previews["development"], "observability")

    assert "prometheus" in pods
    assert not {"grafana", "tempo", "loki", "otel-collector"} & set(pods)
