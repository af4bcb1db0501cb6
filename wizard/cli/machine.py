"""`sendoff doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from wizard.cli.outcome import fold, print_json, say


def show_checkup(as_json: bool) -> None:
    """Each thing found or missing, with its fix. Exit status 1 where the road cannot be walked at all."""
    from wizard.run.checkup import Verdict, check_up

    findings = check_up(Path.cwd())
    broken = any(finding.verdict is Verdict.BROKEN for finding in findings)
    if as_json:
        print_json(
            {
                "ok": not broken,
                "findings": [
                    {"name": f.name, "verdict": f.verdict.value, "found": f.found, "fix": f.fix} for f in findings
                ],
            }
        )
    else:
        marks = {Verdict.OK: "✓", Verdict.MISSING: "–", Verdict.BROKEN: "✗"}
        for finding in findings:
            say(fold(finding.found, f"  {marks[finding.verdict]} {finding.name:<18}", " " * 22))
            if finding.fix:
                say(fold(finding.fix, " " * 22 + "→ ", " " * 24))
    if broken:
        raise typer.Exit(1)
