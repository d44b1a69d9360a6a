"""Label selectors."""

from collections.abc import Mapping

from lab.cluster.policies.kinds import Requirement, Selector

Labels = Mapping[str, str]


def selects(selector: Selector, labels: Labels) -> bool:
    """Match all `matchLabels` and `matchExpressions`; an empty selector matches all."""
    return all(
        labels.get(key) == value for key, value in selector.match_labels.items()
    ) and all(_meets(line, labels) for line in selector.match_expressions)


def _meets(line: Requirement, labels: Labels) -> bool:
    """Match one expression; `NotIn` also matches an absent label, as the API says."""
    match line.operator:
        case "In":
            return labels.get(line.key) in line.values
        case "NotIn":
            return labels.get(line.key) not in line.values
        case "Exists":
            return line.key in labels
        case "DoesNotExist":
            return line.key not in labels
