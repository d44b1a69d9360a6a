"""Generated configuration files of the programs."""

import json
import socket
import subprocess
from pathlib import Path

import pytest

import targets
from local.binaries import Binaries, Binary, find_binaries, sort_key
from local.blueprint import all_programs, scrape_targets
from local.credentials import create_credentials, read_secret
from local.patroni import patroni_configuration
from local.places import Places
from local.plan import Plan, load_plan, save_plan
from local.ports import OFFSETS, Ports
from local.program import HttpAnswers, Program, write_overrides, write_start_script
from local.prometheus import prometheus_configuration
from local.services import preparation_steps
from local.settings import SettingInvalid, port_base
from local.supervision import supervisor_configuration

TOOLS = {
    name: Path(f"/usr/bin/{name}")
    for name in (
        "prometheus",
        "alertmanager",
        "node-exporter",
        "postgres-exporter",
        "redis-exporter",
        "blackbox-exporter",
    )
}


@pytest.fixture
def places(tmp_path) -> Places:
    found = Places(tmp_path / "a folder, 100% 'odd'")
    found.create()
    create_credentials(found, Ports(9000))
    return found


def plan(**options) -> Plan:
    return Plan(
        port_base=9000,
        started="2026-11-20T12:00:00Z",
        binaries=find_binaries(),
        **options,
    )


def cluster_settings(places: Places, **options) -> dict:
    text = patroni_configuration(places, plan(**options), name="database-2")
    return json.loads(text)["bootstrap"]["dcs"]


def test_prometheus_keeps_the_exemplars_that_it_scrapes(places):
    programs = {one.name: one for one in all_programs(places, plan(tools=TOOLS))}

    assert "--enable-feature=exemplar-storage" in " ".join(
        programs["prometheus"].command
    )


def test_every_listener_has_its_own_port():
    assert len(set(OFFSETS.values())) == len(OFFSETS)


def test_ports_move_together_with_their_base():
    assert Ports(9000).address("broker") == "127.0.0.1:9079"
    assert Ports(9200).address("broker") == "127.0.0.1:9279"


def test_a_busy_port_names_the_process_that_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        [taken] = [
            one for one in Ports(port - OFFSETS["api"]).taken() if one.name == "api"
        ]

    assert f"port {port} (api) is taken by process" in str(taken)


def test_a_port_base_that_is_not_a_number_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("HOLDFAST_PORT_BASE", "many")

    with pytest.raises(SettingInvalid, match="HOLDFAST_PORT_BASE"):
        port_base()


def test_versions_are_compared_as_numbers():
    assert sort_key("10.1") > sort_key("9.6.2")


def test_a_plan_survives_its_file(places):
    written = plan(asynchronous=True, sweeping=False, tools=TOOLS)
    save_plan(places, written)

    assert load_plan(places) == written
    assert written.controls == ["without-sweep", "asynchronous"]


def test_a_damaged_plan_counts_as_missing(places):
    places.plan.write_text("{")

    assert load_plan(places) is None


def test_replication_is_synchronous_and_strict(places):
    settings = cluster_settings(places)

    assert settings["synchronous_mode"] is True
    assert settings["synchronous_mode_strict"] is True
    assert settings["postgresql"]["parameters"]["synchronous_commit"] == "on"
    assert settings["postgresql"]["parameters"]["fsync"] == "on"


def test_the_asynchronous_control_turns_it_off(places):
    assert cluster_settings(places, asynchronous=True)["synchronous_mode"] is False


def test_slow_statements_are_logged_from_the_target_duration(places):
    parameters = cluster_settings(places)["postgresql"]["parameters"]
    slow = targets.load().limit["slow-query"].value

    assert parameters["log_min_duration_statement"] == f"{slow * 1000:.0f}ms"


def test_without_sweep_only_the_relay_differs(places):
    usual = {one.name: one for one in all_programs(places, plan())}
    control = {one.name: one for one in all_programs(places, plan(sweeping=False))}

    assert [name for name in usual if usual[name] != control[name]] == ["relay"]
    assert control["relay"].environment["HOLDFAST_SWEEP_SECONDS"] == "0"


def test_no_program_gets_a_secret_itself(places):
    secrets = [file.read_text() for file in places.secrets.iterdir()]
    programs = all_programs(places, plan(tools=TOOLS))
    given = [
        *(str((one.command, one.environment)) for one in programs),
        *(str(one.environment) for one in preparation_steps(places, plan())),
        supervisor_configuration(programs),
    ]

    assert not [one for one in secrets for text in given if one in text]


def test_secrets_are_private_and_new_each_time(places):
    before = read_secret(places, "postgres")
    create_credentials(places, Ports(9000))

    assert read_secret(places, "postgres") != before
    assert {file.stat().st_mode & 0o777 for file in places.secrets.iterdir()} == {0o600}


def test_the_supervisor_opens_neither_port_nor_socket(places):
    text = supervisor_configuration(all_programs(places, plan(tools=TOOLS)))

    assert "http_server" not in text
    assert str(places.root) not in text


def test_prometheus_scrapes_every_instance_and_notifies_alertmanager(places):
    programs = all_programs(places, plan(tools=TOOLS))
    text = prometheus_configuration(
        plan(tools=TOOLS), scrape_targets(programs), rules=Path("/rules/*.yml")
    )
    configuration = json.loads(text)
    jobs = {job["job_name"]: job for job in configuration["scrape_configs"]}

    named = {"api", "worker", "relay", "scheduler", "postgres", "redis", "node"}
    assert named | {"blackbox"} <= set(jobs)
    instances = [one["labels"]["instance"] for one in jobs["api"]["static_configs"]]
    assert instances == ["api-1", "api-2"]
    assert configuration["alerting"]["alertmanagers"]
    assert configuration["rule_files"] == ["/rules/*.yml"]


def test_without_packages_there_are_no_observability_programs(places):
    kinds = {program.kind for program in all_programs(places, plan())}

    assert kinds.isdisjoint({"prometheus", "alertmanager", "exporter"})


def test_a_start_script_passes_words_environment_and_overrides_unchanged(places):
    program = Program(
        name="speaker",
        kind="exporter",
        command=["printenv", "FIRST", "SECOND"],
        address="",
        health=HttpAnswers(""),
        environment={"FIRST": "it's $HOME; `date`", "SECOND": "planned"},
        folder=places.data,
    )
    script = write_start_script(places, program, {"PATH": "/usr/bin:/bin"})
    write_overrides(places, "speaker", {"SECOND": "over 'ridden'"})

    said = subprocess.run(
        ["/bin/sh", script], check=True, capture_output=True, text=True
    )

    assert said.stdout.splitlines() == ["it's $HOME; `date`", "over 'ridden'"]


def test_a_program_reads_no_standard_input(places):
    program = Program(
        name="reader",
        kind="exporter",
        command=["cat"],
        address="",
        health=HttpAnswers(""),
        folder=places.data,
    )
    script = write_start_script(places, program, {"PATH": "/usr/bin:/bin"})

    with subprocess.Popen(["/bin/sh", script], stdin=subprocess.PIPE) as process:
        assert process.wait(10) == 0


def test_the_newest_program_is_chosen():
    found = find_binaries()

    assert isinstance(found, Binaries)
    assert isinstance(found.etcd, Binary)
    assert int(found.postgres.version.split(".")[0]) >= 17
    assert found.postgres.pg_rewind.is_file()
