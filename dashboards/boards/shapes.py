"""The Grafana options of each kind of panel: thresholds, colours, table columns."""

from collections.abc import Callable
from string import ascii_uppercase
from typing import Final

from grafana_foundation_sdk.models import (
    common,
    dashboard,
    heatmap,
    stat,
    statetimeline,
    table,
    timeseries,
)

from dashboards.boards.panels import Kind, Line, Panel

GOOD: Final = "green"
BAD: Final = "red"
_LAST: Final = "lastNotNull"


def options(panel: Panel) -> object:
    """Return the options of the panel's plugin."""
    return _OPTIONS[panel.kind]()


def field_config(panel: Panel) -> dashboard.FieldConfigSource:
    """Return the unit, target line and colours, and units of single columns."""
    defaults = dashboard.FieldConfig(
        unit=panel.unit,
        min_val=0 if panel.bounded else None,
        max_val=1 if panel.bounded else None,
        thresholds=_thresholds(panel.line),
        color=_color(panel),
        mappings=_mappings(panel),
        custom=_custom(panel),
        no_value="NO DATA",
    )
    return dashboard.FieldConfigSource(defaults=defaults, overrides=_overrides(panel))


def transformations(panel: Panel) -> list[dashboard.DataTransformerConfig] | None:
    """Return the transformations that join a table's queries and name its columns."""
    if panel.kind != "table":
        return None
    letters = ascii_uppercase if len(panel.queries) > 1 else ""
    # Grafana tells values apart by letter only where there are several.
    columns = [f"Value #{letter}" for letter in letters] or ["Value"]
    values = {
        column: query.legend
        for column, query in zip(columns, panel.queries, strict=False)
    }
    kept = [*panel.keys, *values]
    return [
        dashboard.DataTransformerConfig(
            id_val="joinByField", options={"byField": panel.keys[0], "mode": "outer"}
        ),
        dashboard.DataTransformerConfig(
            id_val="filterFieldsByName", options={"include": {"names": kept}}
        ),
        dashboard.DataTransformerConfig(
            id_val="organize",
            options={
                "indexByName": {name: place for place, name in enumerate(kept)},
                "renameByName": values,
            },
        ),
    ]


def _thresholds(line: Line | None) -> dashboard.ThresholdsConfig:
    if line is None:
        steps = [dashboard.Threshold(color=GOOD)]
    else:
        below, above = (BAD, GOOD) if line.at_least else (GOOD, BAD)
        steps = [
            dashboard.Threshold(color=below),
            dashboard.Threshold(value=line.value, color=above),
        ]
    return dashboard.ThresholdsConfig(
        mode=dashboard.ThresholdsMode.ABSOLUTE, steps=steps
    )


def _color(panel: Panel) -> dashboard.FieldColor:
    by_threshold = panel.kind in {"stat", "statetimeline", "table"}
    mode = dashboard.FieldColorModeId
    return dashboard.FieldColor(
        mode=mode.THRESHOLDS if by_threshold else mode.PALETTE_CLASSIC_BY_NAME
    )


def _mappings(panel: Panel) -> list[dashboard.ValueMapping]:
    if not panel.states:
        return []
    named = {
        str(value): dashboard.ValueMappingResult(text=state.name, color=state.color)
        for value, state in panel.states.items()
    }
    return [dashboard.ValueMap(options=named)]


def _custom(panel: Panel) -> object | None:
    if panel.kind == "statetimeline":
        return statetimeline.FieldConfig(fill_opacity=70, line_width=0)
    if panel.kind != "timeseries":
        return None
    mode = common.GraphThresholdsStyleMode
    stacking = common.StackingMode
    return common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.LINE,
        line_width=1,
        fill_opacity=60 if panel.stacked else 8,
        show_points=common.VisibilityMode.NEVER,
        axis_soft_min=0,
        stacking=common.StackingConfig(
            mode=stacking.NORMAL if panel.stacked else stacking.NONE
        ),
        thresholds_style=common.GraphThresholdsStyleConfig(
            mode=mode.DASHED if panel.line else mode.OFF
        ),
    )


def _overrides(
    panel: Panel,
) -> list[dashboard.DashboardFieldConfigSourceOverrides]:
    return [
        dashboard.DashboardFieldConfigSourceOverrides(
            matcher=dashboard.MatcherConfig(id_val="byName", options=query.legend),
            properties=[dashboard.DynamicConfigValue(id_val="unit", value=query.unit)],
        )
        for query in panel.queries
        if query.unit
    ]


def _legend() -> common.VizLegendOptions:
    return common.VizLegendOptions(
        display_mode=common.LegendDisplayMode.LIST,
        placement=common.LegendPlacement.BOTTOM,
        show_legend=True,
        calcs=[],
    )


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions(
        mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING
    )


def _stat() -> stat.Options:
    return stat.Options(
        graph_mode=common.BigValueGraphMode.AREA,
        color_mode=common.BigValueColorMode.VALUE,
        text_mode=common.BigValueTextMode.AUTO,
        reduce_options=common.ReduceDataOptions(calcs=[_LAST], fields=""),
    )


def _heatmap() -> heatmap.Options:
    return heatmap.Options(
        calculate=False,
        color=heatmap.HeatmapColorOptions(
            mode=heatmap.HeatmapColorMode.SCHEME,
            scheme="Blues",
            steps=64,
            exponent=0.5,
            scale=heatmap.HeatmapColorScale.EXPONENTIAL,
        ),
        y_axis=heatmap.YAxisConfig(unit="s"),
    )


def _timeline() -> statetimeline.Options:
    return statetimeline.Options(
        show_value=common.VisibilityMode.AUTO,
        merge_values=True,
        legend=_legend(),
        tooltip=_tooltip(),
    )


_OPTIONS: Final[dict[Kind, Callable[[], object]]] = {
    "timeseries": lambda: timeseries.Options(legend=_legend(), tooltip=_tooltip()),
    "stat": _stat,
    "table": lambda: table.Options(show_header=True),
    "statetimeline": _timeline,
    "heatmap": _heatmap,
}
