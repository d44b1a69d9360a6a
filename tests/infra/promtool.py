"""promtool on planted series, and Argo Rollouts' reading of its results."""

import json
import math
import os
import re
import subprocess
from pathlib import Path

TOOLS = Path(os.environ.get("HOLDFAST_STATE", Path(__file__).parents[2] / ".holdfast"))
PROMTOOL = TOOLS / "tools" / "prometheus-3" / "usr" / "bin" / "promtool"
"""Debian's older release lacks the discovery of pods."""
AMTOOL = TOOLS / "tools" / "usr" / "bin" / "amtool"


def run(*command):
    """Return the exit code and all output."""
    assert Path(command[0]).is_file(), (
        f"{command[0]} is missing: python -m local extras"
    )
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def answer(query, series, folder, *, at="10m"):
    """Return a query's numbers; `series` maps each series to promtool's values."""
    case = {
        "evaluation_interval": "5s",
        "tests": [
            {
                "interval": "5s",
                "input_series": [
                    {"series": name, "values": values}
                    for name, values in series.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": query,
                        "eval_time": at,
                        "exp_samples": [{"labels": "not_this_one", "value": 12345}],
                    }
                ],
            }
        ],
    }
    file = folder / "case.json"
    file.write_text(json.dumps(case))
    _, said = run(PROMTOOL, "test", "rules", file)
    found = re.search(r"got:\s*(.*)", said)
    assert found, said
    got = found[1]
    return [float(value) for value in re.findall(r'Value: ?"?([^",\s}]+)', got)] or [
        float(value) for value in re.findall(r"\} (\S+?)(?:,|$)", got)
    ]


def measured(metric, result):
    """Return Argo Rollouts' verdict on one measurement, by the metric's conditions."""
    good = _holds(metric["successCondition"], result)
    if "failureCondition" not in metric:
        return "Successful" if good else "Failed"
    if _holds(metric["failureCondition"], result):
        return "Failed"
    return "Successful" if good else "Inconclusive"


def _holds(condition, result):
    python = condition.replace("&&", "and").replace("||", "or").replace("!is", "not is")
    names = {"len": len, "isNaN": math.isnan, "result": result}
    return bool(eval(python, {"__builtins__": {}}, names))  # noqa: S307 our own
