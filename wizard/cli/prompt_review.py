"""The last of the plain prompts: the whole plan with its sources, what will be done, and the word to do it."""

from __future__ import annotations

import os
from itertools import groupby
from typing import TYPE_CHECKING

from wizard.cli.lines import LeftError, read_line, say_indented
from wizard.cli.outcome import say
from wizard.cli.prompt_by_hand import say_stages
from wizard.cli.prompt_field import say_problem, wait
from wizard.printable import one_line

if TYPE_CHECKING:
    from wizard.steps.deploy import Deploy
    from wizard.steps.deploy.review import Review
    from wizard.steps.views import StepMark


def review_plan(deploy: Deploy) -> bool | None:
    """Show the plan and ask. True: it is written, and is to be walked; False: written only; None: on to another step.

    Raises LeftError where the person leaves.
    """
    from wizard.steps.deploy.review import review

    session = deploy.session
    steps = session.trail()
    plan = deploy.plan
    shown = None if plan is None else review(plan, deploy.plan_path, deploy.inspection)
    if shown is not None:
        _say_review(shown, steps)
    for problem in deploy.problems():
        say_problem(problem)
    while True:
        say()
        path = os.path.relpath(deploy.plan_path)
        if shown is not None:
            say_indented(f"Enter writes {path} and starts · w writes it only · h by hand")
        numbers = " · ".join(f"{number} {mark.step.title}" for number, mark in enumerate(steps[:-1], 1))
        say_indented(f"To change something: {numbers} · b back · q leaves")
        answer = read_line("> ").lower()
        match answer:
            case "" | "w" if shown is not None:
                session.next()
                wait(session)
                if not session.finished:
                    return None
                if not _may_overwrite(deploy):
                    continue
                written = deploy.write()
                say(f"The plan is in {os.path.relpath(written)}.")
                return answer == ""
            case "h" if shown is not None:
                say_stages(shown.commands)
            case "b" | "<":
                session.back()
                return None
            case "q":
                raise LeftError
            case _ if answer.isdecimal() and 1 <= int(answer) < len(steps):
                session.go(steps[int(answer) - 1].step.name)
                return None
            case _:
                say_indented("Type one of these.")


def _may_overwrite(deploy: Deploy) -> bool:
    if deploy.overwrites is None:
        return True
    say_indented(f"{os.path.relpath(deploy.overwrites)} is there already.")
    return read_line("  Replace it with this plan? y or n [n]: ").lower() in {"y", "yes"}


def _say_review(shown: Review, steps: tuple[StepMark, ...]) -> None:
    order = [mark.step.name for mark in steps]
    titles = {mark.step.name: f"{number} {mark.step.title}" for number, mark in enumerate(steps, 1)}
    rows = sorted(shown.rows, key=lambda row: order.index(row.step) if row.step in order else len(order))
    for step, of_step in groupby(rows, key=lambda row: row.step):
        say()
        say(one_line(f"  {titles.get(step, 'What the file and the plan itself say')}"))
        for row in of_step:
            say_indented(f"{row.value} [{row.source}]" if row.source else row.value, "      ", f"{row.label}: ")
            say_indented(row.why, "        ")
    for heading, lines in (
        ("What it costs", shown.cost),
        ("What is replaced", shown.overwrites),
        ("What will be done", shown.actions),
    ):
        if lines:
            say()
            say(f"  {heading}")
            for line in lines:
                say_indented(line, "      ", "- ")
