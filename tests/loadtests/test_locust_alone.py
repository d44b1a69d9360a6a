"""`locust -f loadtests/locustfile.py` runs alone, and warns about its closed model."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import loadtests

ROOM = Path(loadtests.__file__).parent


def test_the_locustfile_runs_alone_and_points_to_the_open_model_runner(stub):
    with stub() as url:
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "locust",
                "-f",
                str(ROOM / "locustfile.py"),
                "--headless",
                "--users",
                "5",
                "--spawn-rate",
                "5",
                "--run-time",
                "3s",
                "--host",
                url,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert "closed model" in ended.stderr
    assert "python -m loadtests run steady" in ended.stderr
    assert "/api/v1/events" in ended.stdout + ended.stderr


def test_the_command_itself_never_imports_locust():
    script = "import sys, loadtests.__main__; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True).split()

    assert "loadtests.generator" in loaded
    assert {"locust", "gevent"} & {*loaded} == set()


def test_no_file_hides_a_module_that_locust_imports():
    """Locust puts the locustfile's folder first on the import path."""
    own = {path.stem for path in ROOM.iterdir()} - {"__init__", "__main__"}

    taken = {*sys.stdlib_module_names, *metadata.packages_distributions()}

    assert own & (taken - {"loadtests"}) == set()
