import subprocess
import sys

import pytest

import targets
from targets import TargetsUnreadable, parse
from targets.lint import review

# (old text, new text, the expected finding)
CONFLICTS = [
    ('within = "25s"', 'within = "50m"', "database-host-killed-spends-availability"),
    ('objective = "99.9%"', 'objective = "92%"', "errors-page-1h-never-fires"),
    ('retained = "30d"', 'retained = "7d"', "logs-end-before-the-budget"),
    ('p95 = "10ms"', 'p95 = "60ms"', "db-simple-caps-the-rate"),
    ('mix = "60%"', 'mix = "50%"', "mix-is-not-whole"),
    ('container_memory = "256MB"', 'container_memory = "220MB"', "api-memory-over-its"),
    ('memory = "1.5GB"', 'memory = "600MB"', "parts-exceed-platform-memory"),
    ("replicas_min = 5", "replicas_min = 4", "uploads-outrun-workers"),
    ("pool_min = 20", "pool_min = 60", "db-pool-min-over-db-pool-max"),
    ("replicas_min = 2", "replicas_min = 30", "api-min-over-api-max"),
]


def test_the_file_resolves_every_conflict():
    found = review(targets.load())

    assert found.passes
    assert {finding.name for finding in found.answered} == set(
        targets.load().resolution
    )


@pytest.mark.parametrize(("good", "bad", "name"), CONFLICTS)
def test_a_planted_conflict_is_found(written, good, bad, name):
    assert good in written

    found = review(parse(written.replace(good, bad, 1)))

    assert not found.passes
    assert any(finding.name.startswith(name) for finding in found.unanswered)


@pytest.mark.parametrize("name", sorted(targets.load().resolution))
def test_a_conflict_without_a_resolution_stays_open(written, name):
    lines = written.splitlines(keepends=True)
    silent = "".join(line for line in lines if not line.startswith(f"{name} ="))

    found = review(parse(silent))

    assert [finding.name for finding in found.unanswered] == [name]


def test_a_resolution_without_a_conflict_is_stale(written):
    found = review(parse(f'{written}\nno-such-thing = "because"\n'))

    assert found.stale == ("no-such-thing",)
    assert not found.passes


def test_a_target_that_others_depend_on_cannot_be_removed(written):
    without = written.replace("[capacity.db-pool-max]", "[capacity.pool]")
    without = without.replace('"capacity.db-pool-max"', '"capacity.pool"')

    with pytest.raises(TargetsUnreadable, match=r"^db-pool-max: missing"):
        review(parse(without))


class TestCommand:
    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "targets", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def test_the_matrix_names_every_target_and_its_proofs(self):
        printed = self.run()

        assert printed.returncode == 0
        for full_id, target in targets.load().all().items():
            assert full_id in printed.stdout
            assert all(p in printed.stdout for p in target.proof if "later" not in p)

    def test_lint_sets_the_exit_status(self, written, tmp_path):
        conflicting = tmp_path / "targets.toml"
        conflicting.write_text(written.replace('mix = "60%"', 'mix = "50%"'))

        assert self.run("lint").returncode == 0
        red = self.run("lint", "--file", conflicting)

        assert red.returncode == 1
        assert "CONFLICT" in red.stdout
        assert "mix-is-not-whole" in red.stdout

    def test_an_unreadable_file_is_one_line(self, tmp_path, written):
        broken = tmp_path / "targets.toml"
        broken.write_text(written.replace('p95 = "200ms"', 'p95 = "200MB"'))

        refused = self.run("lint", "--file", broken)

        assert refused.returncode == 2
        assert refused.stderr.startswith("slo.latency.p95: '200MB' is not a duration")
        assert len(refused.stderr.splitlines()) == 1
