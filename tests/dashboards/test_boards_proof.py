"""The live proof and the pictures, against a real Prometheus with a planted history."""

import os
import socket
import subprocess
import time

import httpx
import pytest
from msgspec.structs import replace

from dashboards.boards.panels import SECONDS, SHARE
from dashboards.boards.series import gained
from dashboards.drawing.picture import View, draw_board, save_picture
from dashboards.proof.boards.allowances import MAY_BE_EMPTY, MAY_LEAVE_THE_UNIT
from dashboards.proof.boards.command import prove_boards
from dashboards.proof.boards.control import rename_label
from dashboards.proof.boards.proof import prove
from dashboards.proof.boards.variables import Pace, VariableUnknown, expand
from dashboards.proof.metrics.prometheus import Prometheus, QueryRefused, Span
from dashboards.reading import (
    Board,
    Defaults,
    FieldConfig,
    Panel,
    Place,
    Step,
    Target,
    Templating,
    Thresholds,
    Variable,
    read_boards,
)
from dashboards.rendering import RENDERED
from exchange.outcomes import Moment, read_outcome
from targets.verdict import Verdict

NOW = float(int(time.time()) - 60)
SPAN = Span(start=NOW - 300, end=NOW, step_seconds=15)
PACE = Pace(300, 15, 60)
REQUESTS = "holdfast_http_request_duration_seconds_count"


def past():
    """Return ten minutes of metrics until NOW, as OpenMetrics."""
    stamps = [NOW - 600 + 5 * i for i in range(121)]
    series = {
        f'{REQUESTS}{{route="/api/v1/events",instance="api-1"}}': lambda i: 10 * i,
        'lag_seconds{member="database-2"}': lambda i: 0.01 * (i % 7),
        'used_ratio{pool="primary"}': lambda _: 0.4,
        'wrong_ratio{pool="primary"}': lambda _: 1.5,
        'broken_seconds{member="database-2"}': lambda _: "NaN",
        'restarted_total{kind="old"}': lambda i: 50 if i < 90 else 2,
    }
    lines = [
        f"{name} {value(i)} {at:.3f}"
        for name, value in series.items()
        for i, at in enumerate(stamps)
    ]
    lines += [f'born_total{{kind="new"}} 3 {at:.3f}' for at in stamps[-10:]]
    return "\n".join([*lines, "# EOF\n"])


@pytest.fixture(scope="module")
def prometheus(promtool, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "past.txt").write_text(past())
    (folder / "prometheus.yml").write_text("{}")
    subprocess.run(
        [
            promtool.program,
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "past.txt",
            "data",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [
                str(promtool.program.with_name("prometheus")),
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                f"--web.listen-address={address}",
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"]},
        )
    try:
        wait_until_ready(f"http://{address}/-/ready", running)
        with Prometheus(f"http://{address}") as asked:
            yield asked
    finally:
        running.terminate()
        running.wait(timeout=60)


def wait_until_ready(page, running):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if httpx.get(page, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    pytest.fail("Prometheus did not start")


def panel(number, title, expr, *, unit=SECONDS, kind="timeseries"):
    return Panel(
        id=number,
        type=kind,
        title=title,
        grid_pos=Place(x=0, y=8 * number, w=24, h=8),
        targets=(Target(ref_id="A", expr=expr, legend_format="{{member}}"),),
        field_config=FieldConfig(
            Defaults(
                unit=unit,
                thresholds=Thresholds(steps=(Step("green"), Step("red", value=0.03))),
            )
        ),
    )


def board(*queries, uid="holdfast-test"):
    """Return a board with a good panel, and one more for each (title, query, unit)."""
    good = panel(0, "Lag", 'lag_seconds{member=~"$member"}')
    more = [
        panel(i, title, expr, unit=unit)
        for i, (title, expr, unit) in enumerate(queries, start=1)
    ]
    chosen = Variable(name="member", type="query", all_value=".+", include_all=True)
    return Board(
        uid=uid,
        title="Holdfast / Test",
        panels=(good, *more),
        templating=Templating((chosen,)),
    )


def test_panels_with_data_pass_and_the_control_fails(prometheus):
    outcome = prove(prometheus, [board()], now=NOW, seconds=300)

    assert outcome.source == "check:boards"
    assert outcome.verdict is Verdict.MET
    assert outcome.measurements[0].target == "limit.blind-panels"
    assert outcome.measurements[0].value == 0
    assert outcome.facts["controls"] == {"holdfast-test": "Lag: no data"}


@pytest.mark.parametrize(
    ("expr", "unit", "flaw"),
    [
        ('lag_seconds{node="database-2"}', SECONDS, "no data"),
        ("broken_seconds", SECONDS, "every value is NaN"),
        ("wrong_ratio", SHARE, "a share of 1.5"),
        ("sum(lag_seconds", SECONDS, "1:16: parse error"),
        ('lag_seconds{member=~"$node"}', SECONDS, "$node in "),
    ],
)
def test_a_blind_panel_is_named_with_its_reason(prometheus, expr, unit, flaw):
    outcome = prove(prometheus, [board(("Blind", expr, unit))], now=NOW, seconds=300)

    assert outcome.verdict is Verdict.MISSED
    assert outcome.measurements[0].value == 1
    assert f"holdfast-test / Blind: {flaw}" in outcome.measurements[0].detail


def test_the_first_error_of_a_kind_is_counted_and_a_restart_is_not(prometheus):
    """increase() shows neither: the series starts at three, and then stays."""
    born = prometheus.at(gained("born_total", by="kind"), NOW)
    restarted = prometheus.at(gained("restarted_total", by="kind"), NOW)

    assert [series.numbers for series in born] == [(3.0,)]
    assert [series.numbers for series in restarted] == [(0.0,)]


def test_a_share_up_to_one_and_a_rated_counter_pass(prometheus):
    seeing = board(
        ("Use", "used_ratio", SHARE), ("Rate", f"rate({REQUESTS}[1m])", SECONDS)
    )

    assert prove(prometheus, [seeing], now=NOW, seconds=300).verdict is Verdict.MET


def test_an_allowance_excuses_only_an_empty_result(prometheus):
    (uid, title), reason = next(iter(MAY_BE_EMPTY.items()))
    silent = board((title, "nobody_exports_this", SECONDS), uid=uid)
    broken = board((title, "broken_seconds", SECONDS), uid=uid)

    excused = prove(prometheus, [silent], now=NOW, seconds=300)
    assert excused.verdict is Verdict.MET
    assert f"may be empty: {reason}" in str(excused.facts["tables"])
    assert prove(prometheus, [broken], now=NOW, seconds=300).verdict is Verdict.MISSED


def test_without_traffic_nothing_is_proven(prometheus):
    outcome = prove(prometheus, [board()], now=NOW - 86_400, seconds=300)

    assert outcome.verdict is Verdict.INVALID
    assert "no request" in outcome.invalid_because[0]


def test_a_control_that_passes_makes_the_run_invalid(prometheus):
    """A board whose queries match no label could not show that a label is wrong."""
    deaf = replace(board(), panels=(panel(0, "Lag", "lag_seconds"),))

    outcome = prove(prometheus, [deaf], now=NOW, seconds=300)

    assert outcome.verdict is Verdict.INVALID
    assert "stayed green" in outcome.invalid_because[0]


def test_an_unreachable_prometheus_proves_nothing():
    with Prometheus("http://127.0.0.1:1") as nobody:
        outcome = prove(nobody, [board()], now=NOW, seconds=300)

    assert outcome.verdict is Verdict.INVALID
    assert "Prometheus is silent" in outcome.invalid_because[0]


def test_the_exit_code_of_the_command_is_the_verdict(prometheus, tmp_path, monkeypatch):
    """4: the real boards have no data here; 2: no platform runs."""
    monkeypatch.setenv("HOLDFAST_STATE", str(tmp_path))
    file = tmp_path / "boards.json"

    assert prove_boards(out=file, prometheus=prometheus.address) == 4
    assert read_outcome(file).verdict is Verdict.INVALID
    assert prove_boards(out=tmp_path / "other.json") == 2
    assert not (tmp_path / "other.json").exists()


def test_a_refusal_has_the_message_of_prometheus(prometheus):
    with pytest.raises(QueryRefused, match="parse error"):
        prometheus.over("sum(", SPAN)


def test_variables_match_everything_without_a_choice():
    expr = 'rate(x{member=~"${member}"}[$__rate_interval]) + y{a="$member"}'

    assert expand(expr, board(), PACE) == 'rate(x{member=~".+"}[60s]) + y{a=".+"}'
    with pytest.raises(VariableUnknown, match=r"\$__rate in"):
        expand("rate(x[$__rate])", board(), PACE)


def test_the_control_misspells_the_first_label():
    assert rename_label('sum(x{state!="a",pool=~".+"})') == (
        'sum(x{state!="a",renamed_by_the_control=~".+"})'
    )
    assert rename_label("sum(x)") == "sum(x)"


def test_every_allowance_is_for_a_panel_that_exists():
    titles = {(b.uid, p.title) for b in read_boards(RENDERED) for p in b.pictures}

    assert {*MAY_BE_EMPTY, *MAY_LEAVE_THE_UNIT} <= titles


def texts(figure):
    written = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        written += [axes.get_title(loc="left"), axes.get_title(loc="right")]
        written += [text.get_text() for text in axes.texts]
    return written


def test_a_picture_shows_the_data_the_target_and_missing_data(prometheus, tmp_path):
    shown = board(("Blind", "nobody_exports_this", SECONDS))
    fault = Moment(at=NOW - 60, what="killed", kind="fault")
    view = View(span=SPAN, pace=PACE, note="at rest", moments=[fault])

    figure = draw_board(shown, prometheus, view)
    save_picture(figure, tmp_path / "board.png")

    assert {"Holdfast / Test", "Lag", "Blind", "NO DATA"} <= {*texts(figure)}
    assert any(text.startswith("at rest") for text in texts(figure))
    assert "30 ms" in texts(figure)
    assert figure.axes[0].lines[0].get_label() == "database-2"
    assert (tmp_path / "board.png").read_bytes()[:4] == b"\x89PNG"


def test_every_board_can_be_drawn_without_data(prometheus):
    for rendered in read_boards(RENDERED):
        figure = draw_board(rendered, prometheus, View(span=SPAN, pace=PACE))
        titles = {one.title for one in rendered.panels}

        assert titles <= {*texts(figure)}
