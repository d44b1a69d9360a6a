"""Claims about pods, the broker's leader and releases."""

from chaos.claims.judging import judge_seconds, judge_spent, miss
from chaos.environments.cluster.pods import Pod
from chaos.environments.kubernetes import on_kubernetes
from chaos.faults.releases import WRONG, find_release
from chaos.report import burned_share
from chaos.run_context import RunContext
from chaos.timeline import now
from chaos.traffic.attempts import Attempt
from exchange.outcomes import Measurement

LEADS_AGAIN = "the broker takes jobs again"
ROLLED_BACK = "the bad release is gone"
PROMOTED = "the release serves everybody"


async def broker_leads_again(context: RunContext) -> Measurement:
    """Measure from the leading pod's death until the broker address is writable."""
    target, fault_at = "recovery.broker-pod-killed", context.timeline.fault_at
    back_at = context.timeline.time_of_note(LEADS_AGAIN)
    if back_at is None:
        return miss(context, target, now() - fault_at, "nothing leads at its address")
    detail = "a write at the broker's own address succeeded"
    return judge_seconds(context, target, back_at - fault_at, detail, samples=1)


async def pods_were_ready(context: RunContext) -> Measurement:
    """Measure from the start of each new pod's container until the pod is ready."""
    target, fault_at = "recovery.api-pod-ready", context.timeline.fault_at
    if context.timeline.time_of_note(PROMOTED) is None:
        why = "the release was not promoted"
        return miss(context, target, now() - fault_at, why)
    pods = await find_release(on_kubernetes(context.environment), other_than="")
    return judge_readiness(context, target, pods, since=fault_at)


def judge_readiness(
    context: RunContext, target: str, pods: list[Pod], *, since: float
) -> Measurement:
    """Measure the slowest pod started since; the API's resolution is one second."""
    spans = {
        pod.name: pod.ready_at - pod.started_at
        for pod in pods
        if pod.ready_at and pod.started_at and pod.started_at >= since - 1
    }
    if not spans:
        return miss(context, target, now() - since, "no pod of the release was ready")
    slowest = max(spans, key=lambda name: spans[name])
    detail = f"slowest of {len(spans)}: {slowest}"
    return judge_seconds(context, target, spans[slowest], detail, samples=len(spans))


async def rolled_back_by_itself(context: RunContext) -> Measurement:
    """Measure from the first wrong response until no pod of the bad release is left."""
    target, fault_at = "rollout.rolled-back", context.timeline.fault_at
    wrong = [a.ended for a in _wrong_answers(context) if a.ended is not None]
    if context.timeline.time_of_note(PROMOTED) is not None:
        why = "the bad release was promoted to everybody"
        return miss(context, target, now() - fault_at, why)
    gone_at = context.timeline.time_of_note(ROLLED_BACK)
    if gone_at is None or not wrong:
        why = "nobody rolled it back" if wrong else "it gave no wrong answer"
        return miss(context, target, now() - fault_at, why)
    detail = f"aborted by its analysis after {len(wrong)} wrong answers"
    return judge_seconds(
        context, target, gone_at - min(wrong), detail, samples=len(wrong)
    )


async def release_costs_little(context: RunContext) -> Measurement:
    """Measure the share of the error budget that the wrong responses spent."""
    wrong = len(_wrong_answers(context))
    share = burned_share(
        failed=wrong,
        offered_per_second=context.load.rates.total,
        targets=context.targets,
        slo="availability",
    )
    window = context.targets.budget.window.text
    detail = f"{wrong} requests failed, {share:.3%} of the budget of {window}"
    target = "rollout.bad-release-cost"
    return judge_spent(
        context, target, share, detail, samples=len(context.load.attempts.all)
    )


def _wrong_answers(context: RunContext) -> list[Attempt]:
    failed = context.load.attempts.failed(since=context.timeline.fault_at)
    return [attempt for attempt in failed if attempt.failure == WRONG]
