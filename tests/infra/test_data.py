"""The data tier: two disks for every commit, backups, and bounded resources."""

import re

import pytest
from infra.backups import (
    BackupIntervalTooLong,
    BackupsArgs,
    archive_seconds,
    schedule_of,
)
from infra.quantities import mebibytes, millicores, resources_of
from infra.redis_config import configuration

import targets
from tests.infra.schema_check import plain


@pytest.fixture(scope="session")
def recovered(completed, preview_all):
    """Production restored from a backup under another name."""
    stack = completed("production")
    stack["config"]["holdfast:recoverFrom"] = "holdfast"
    stack["config"]["holdfast:databaseCluster"] = "holdfast-2"
    (answer,) = preview_all([stack])
    return answer["objects"]


def one(objects, kind, name=None):
    (made,) = [m for m in objects if m["type"] == kind and name in (None, m["name"])]
    return plain(made["inputs"])


def test_a_commit_is_on_two_disks_and_only_a_standby_that_has_it_is_promoted(objects):
    synchronous = one(objects, "Cluster")["spec"]["postgresql"]["synchronous"]

    assert synchronous == {
        "method": "any",
        "number": 1,
        "dataDurability": "required",
        "failoverQuorum": True,
    }


def test_a_dead_primary_keeps_its_lease_for_a_part_of_the_target(objects):
    lease = one(objects, "Cluster")["spec"]["primaryLease"]
    promised = targets.load().recovery["database-pod-killed"].value

    assert lease["leaseDurationSeconds"] < promised / 4
    assert (
        lease["retryPeriodSeconds"] * 1.2
        < lease["renewDeadlineSeconds"]
        < lease["leaseDurationSeconds"]
    )


def test_a_single_instance_has_no_synchronous_standby(completed, preview_all):
    stack = completed("development")
    stack["config"]["holdfast:databaseInstances"] = "1"
    (answer,) = preview_all([stack])

    assert "synchronous" not in one(answer["objects"], "Cluster")["spec"]["postgresql"]


def test_database_parameters_come_from_the_targets(objects):
    promised = targets.load()
    told = one(objects, "Cluster")["spec"]["postgresql"]["parameters"]
    slow = promised.limit["slow-query"].value
    archived = int(told["archive_timeout"].removesuffix("s"))

    assert told["log_min_duration_statement"] == f"{slow * 1000:.0f}ms"
    assert int(told["max_connections"]) >= promised.assume.max_connections
    assert archived < promised.recovery["rpo"].value
    assert archived < promised.recovery["backup-incremental"].value


def test_a_vacuum_uses_little_memory_however_large_the_database(previews):
    for objects in previews.values():
        spec = one(objects, "Cluster")["spec"]
        taken = spec["postgresql"]["parameters"]["maintenance_work_mem"]
        memory = mebibytes(spec["resources"]["limits"]["memory"])

        assert int(taken.removesuffix("MB")) <= min(memory / 16, 1024)


def test_the_log_is_archived_often_enough_to_fail_and_retry():
    promised = targets.load()

    assert archive_seconds(promised) * 10 <= promised.recovery["rpo"].value


def test_a_target_that_a_nightly_backup_misses_is_refused():
    args = BackupsArgs(namespace="a", cluster="b", full_every_seconds=3600)

    with pytest.raises(BackupIntervalTooLong):
        schedule_of(args)


def test_base_backups_are_nightly_and_one_is_made_at_once(objects):
    spec = one(objects, "ScheduledBackup")["spec"]

    assert re.fullmatch(r"0 \d+ \d+ \* \* \*", spec["schedule"])
    assert spec["immediate"] is True
    assert spec["method"] == "plugin"


def test_a_restored_cluster_archives_under_its_own_name(recovered):
    spec = one(recovered, "Cluster")["spec"]
    (origin,) = spec["externalClusters"]
    (plugin,) = spec["plugins"]

    assert spec["bootstrap"]["recovery"]["source"] == origin["name"]
    assert "initdb" not in spec["bootstrap"]
    assert origin["plugin"]["parameters"]["serverName"] == "holdfast"
    assert plugin["parameters"]["serverName"] == "holdfast-2"


def test_programs_use_a_restored_cluster_and_policies_permit_both(recovered):
    told = one(recovered, "ConfigMap", "api")["data"]
    policy = one(recovered, "NetworkPolicy", "data-programs-to-database")

    assert told["HOLDFAST_DATABASE_HOSTS"].startswith("holdfast-2-rw.holdfast-data.")
    assert policy["spec"]["podSelector"]["matchExpressions"] == [
        {"key": "cnpg.io/cluster", "operator": "Exists"}
    ]


def test_a_cluster_is_not_restored_over_its_own_archive(completed, preview_all):
    stack = completed("production")
    stack["config"]["holdfast:recoverFrom"] = "holdfast"
    (answer,) = preview_all([stack])

    assert answer["error"].startswith("holdfast:recoverFrom is 'holdfast', as is")


def test_the_bucket_exists_before_the_first_backup(previews):
    """Kubernetes makes the folder when it mounts that part of the volume."""
    store = one(previews["development"], "ObjectStore")["spec"]["configuration"]
    server = one(previews["development"], "StatefulSet", "object-store")
    (container,) = server["spec"]["template"]["spec"]["containers"]
    bucket = store["destinationPath"].removeprefix("s3://").rstrip("/")

    assert {"name": "data", "mountPath": f"/data/{bucket}", "subPath": bucket} in (
        container["volumeMounts"]
    )


@pytest.mark.parametrize("name", ["broker", "cache"])
def test_redis_uses_only_a_part_of_its_containers_memory(objects, name):
    made = one(objects, "StatefulSet" if name == "broker" else "Deployment", name)
    server = made["spec"]["template"]["spec"]["containers"][0]
    limit = mebibytes(server["resources"]["limits"]["memory"])
    text = one(objects, "ConfigMap", name)["data"]["redis.conf"]
    (allowed,) = map(int, re.findall(r"^maxmemory (\d+)mb$", text, re.MULTILINE))

    assert 0.5 * limit <= allowed <= 0.8 * limit


def test_the_broker_evicts_nothing_and_the_cache_persists_nothing():
    broker = configuration("1Gi", 0.5, "noeviction", durable=True)
    cache = configuration("1Gi", 0.5, "allkeys-lru", durable=False)

    assert "maxmemory 512mb\n" in broker
    assert "maxmemory-policy noeviction\n" in broker
    assert "appendonly yes\n" in broker
    assert "appendonly no\n" in cache
    assert "min-replicas-to-write 0\n" in broker


def test_three_members_elect_and_the_proxy_checks_each(objects):
    members = one(objects, "StatefulSet", "broker")
    names = [c["name"] for c in members["spec"]["template"]["spec"]["containers"]]
    proxied = one(objects, "Secret", "broker-proxy")["stringData"]["haproxy.cfg"]
    domain = f"broker-members.{members['metadata']['namespace']}.svc.cluster.local"

    assert members["spec"]["replicas"] == 3
    assert names == ["redis", "sentinel"]
    assert members["spec"]["serviceName"] == "broker-members"
    assert re.findall(r"^  server \S+ (\S+)$", proxied, re.MULTILINE) == [
        f"broker-{number}.{domain}:6379" for number in range(3)
    ]


def test_clients_reach_the_proxy_under_the_brokers_name(objects):
    service = one(objects, "Service", "broker")
    proxy = one(objects, "Deployment", "broker-proxy")
    labels = proxy["spec"]["template"]["metadata"]["labels"]

    assert service["metadata"]["name"] == "broker"
    assert service["spec"]["selector"].items() <= labels.items()


def test_no_volume_outlives_its_purpose(objects):
    for made in objects:
        if made["type"] == "StatefulSet" and made["name"] in ("broker", "object-store"):
            policy = made["inputs"]["spec"]["persistentVolumeClaimRetentionPolicy"]

            assert policy["whenDeleted"] == "Delete"


def test_cpu_may_exceed_its_request_and_memory_may_not():
    assert resources_of("250m", "512Mi") == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "512Mi"},
    }
    assert millicores("2") == 2000
    assert mebibytes("2Gi") == 2048
