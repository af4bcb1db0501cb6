"""`sendoff cost`: what a month costs, from the plan and the rehearsal."""

from __future__ import annotations

from pathlib import Path

from wizard.cli.outcome import fold, print_json, say
from wizard.errors import PlanError


def show_cost(plan_path: Path, seconds: float | None, as_json: bool) -> None:
    """The estimate line by line, then what would cost less or more. Raises PlanError for a target without a bill."""
    from wizard.plan import load_plan
    from wizard.run import measured_seconds, to_data
    from wizard.run.measured import GUESS
    from wizard.targets.cloud_run.cost import alternatives, explain, monthly_cost

    plan = load_plan(plan_path)
    if plan.target.kind != "cloud_run":
        raise PlanError(
            "This plan costs nothing.",
            f"Its target is {plan.target.kind}: it runs on a machine that is yours already.",
            "For an estimate: sendoff plan MODEL --target cloud_run --project ID -o cloud.yaml, then sendoff cost cloud.yaml",
            field="target.kind",
        )
    measured = measured_seconds(plan_path)
    taken = seconds if seconds is not None else measured or GUESS
    estimate, others = monthly_cost(plan, taken), alternatives(plan, taken)
    if as_json:
        print_json(
            {
                "ok": True,
                "seconds_per_request": taken,
                "estimate": to_data(estimate),
                "alternatives": [to_data(one) for one in others],
            }
        )
        return
    for line in estimate.lines:
        say(f"  {line.what:<28}{line.quantity:>14,.0f} {line.unit:<12}{line.cost:>10.2f} USD")
    say(f"  {'a month':<54} {estimate.total:>10.2f} USD")
    say()
    say(fold(explain(estimate)))
    source = (
        "as given" if seconds is not None else "as the rehearsal measured" if measured else "a guess: rehearse first"
    )
    say(f"A request takes {_time(taken)} ({source}).")
    for sentence in estimate.assumptions:
        say(fold(sentence, "  - ", "    "))
    different = [other for other in others if other.estimate.total != estimate.total]
    if different:
        say()
        say("Other ways:")
    for other in different:
        say(fold(other.sentence, f"  {other.estimate.total:>8.2f} USD  ", " " * 16))


def _time(seconds: float) -> str:
    milliseconds = seconds * 1000
    if milliseconds >= 1000:
        return f"{seconds:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.2g} ms"
