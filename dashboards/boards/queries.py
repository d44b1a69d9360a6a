"""The queries of a panel for Grafana's Prometheus plugin."""

from collections.abc import Sequence
from string import ascii_uppercase

from grafana_foundation_sdk.models import prometheus

from dashboards.boards.panels import Kind, Panel
from dashboards.boards.variables import DATASOURCE

_FORMATS: dict[Kind, prometheus.PromQueryFormat] = {
    "table": prometheus.PromQueryFormat.TABLE,
    "heatmap": prometheus.PromQueryFormat.HEATMAP,
}


def query_models(panel: Panel) -> Sequence[prometheus.Dataquery]:
    """Return one model a query, lettered in order; tables use instant queries."""
    now = panel.kind == "table"
    return [
        prometheus.Dataquery(
            ref_id=letter,
            datasource=DATASOURCE,
            editor_mode=prometheus.QueryEditorMode.CODE,
            expr=query.expr,
            # Histograms carry exemplars: a click on one leads to its trace.
            exemplar="_bucket" in query.expr or None,
            legend_format=query.legend,
            format_val=_FORMATS.get(panel.kind, prometheus.PromQueryFormat.TIME_SERIES),
            instant=now,
            range_val=not now,
        )
        for letter, query in zip(ascii_uppercase, panel.queries, strict=False)
    ]
