"""Metrics of CloudNativePG have the names that the rules use.

A real Prometheus scrapes a page of the instance's metrics and is queried for ours.
"""

import http.server
import json
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import closing, contextmanager

import pytest
from infra.observability.scraping import Scraping, members_job, servers_job

from tests.infra import promtool

PROMETHEUS = promtool.TOOLS / "tools" / "usr" / "bin" / "prometheus"
PAGE = b"""\
cnpg_collector_up{cluster="holdfast"} 1
cnpg_collector_nodes_used 2
cnpg_pg_replication_in_recovery 1
cnpg_pg_replication_lag 0.5
cnpg_member_timeline 3
cnpg_member_location 24040600
cnpg_standby_synchronous{application_name="holdfast-3"} 1
cnpg_backends_total{datname="holdfast",usename="a",state="active"} 4
cnpg_backends_total{datname="holdfast",usename="b",state="active"} 5
cnpg_backends_max_tx_duration_seconds{datname="holdfast",state="active"} 0.25
cnpg_pg_settings_setting{name="max_connections"} 340
cnpg_pg_settings_setting{name="work_mem"} 4096
cnpg_pg_stat_database_xact_commit{datname="holdfast"} 900
cnpg_pg_stat_replication_replay_diff_bytes{application_name="holdfast-3"} 16
go_goroutines 40
"""
START_SECONDS = 30


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        """Log nothing."""


@contextmanager
def instance():
    """The address of a page like that of a database instance."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def prometheus(configuration, folder):
    """The address of a Prometheus for this test."""
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(configuration))
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        str(PROMETHEUS),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log, cwd=folder)
        try:
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait()


def planted(job, address):
    """Return the job, with one planted pod instead of discovery."""
    del job["kubernetes_sd_configs"]
    labels = {
        "__meta_kubernetes_pod_name": "holdfast-2",
        "__meta_kubernetes_pod_container_port_name": "metrics",
        "__meta_kubernetes_pod_phase": "Running",
    }
    return job | {
        "static_configs": [{"targets": [address], "labels": labels}],
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
    }


def series(base):
    """Return all scraped series by name; none while it does not respond."""
    url = f"{base}/api/v1/query?query=%7Bjob%3D~%22.%2B%22%7D"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 our own
            found = json.load(answer)["data"]["result"]
    except OSError:
        return {}
    by_name: dict[str, list[tuple[dict[str, str], float]]] = {}
    for one in found:
        labels = dict(one["metric"])
        by_name.setdefault(labels.pop("__name__"), []).append(
            (labels, float(one["value"][1]))
        )
    return by_name


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    where = Scraping(
        environment="test",
        namespace="app",
        data_namespace="data",
        observability_namespace="watch",
        cluster="holdfast",
    )
    with instance() as address:
        jobs = [planted(job(where), address) for job in (members_job, servers_job)]
        folder = tmp_path_factory.mktemp("prometheus")
        with prometheus({"scrape_configs": jobs}, folder) as base:
            deadline = time.monotonic() + START_SECONDS
            while True:
                found = series(base)
                if {"patroni_replica", "pg_settings_max_connections"} <= set(found):
                    return found
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.2)


OURS = {
    "patroni_postgres_running": 1,
    "patroni_replica": 1,
    "patroni_postgres_timeline": 3,
    "patroni_xlog_location": 24040600,
    "pg_settings_max_connections": 340,
    "pg_stat_database_xact_commit": 900,
    "pg_stat_replication_pg_wal_lsn_diff": 16,
    "pg_stat_activity_max_tx_duration": 0.25,
}


@pytest.mark.parametrize("name", OURS)
def test_a_metric_has_our_name_and_keeps_its_value(scraped, name):
    ((_, value),) = scraped[name]

    assert value == OURS[name]


def test_members_have_their_name_and_servers_their_clusters(scraped):
    ((member, _),) = scraped["patroni_replica"]
    ((server, _),) = scraped["pg_settings_max_connections"]

    assert (member["job"], member["instance"]) == ("patroni", "holdfast-2")
    assert member["name"] == "holdfast-2"
    assert (server["job"], server["server"]) == ("postgres", "holdfast-2")


def test_connections_of_every_user_are_counted(scraped):
    counted = scraped["pg_stat_activity_count"]

    assert sorted(value for _, value in counted) == [4, 5]
    assert {labels["server"] for labels, _ in counted} == {"holdfast-2"}


def test_all_other_series_of_the_page_are_dropped(scraped):
    known = {*OURS, "pg_stat_activity_count", "cnpg_standby_synchronous", "up"}

    assert {name for name in scraped if not name.startswith("scrape_")} == known
