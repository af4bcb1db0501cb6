"""What would keep a person out of a part of a page, as axe-core finds it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).with_name("axe") / "axe.min.js"
_HEAVY = ("serious", "critical")
_PAGE_WIDE = ("region", "bypass", "document-title", "html-has-lang", "landmark-one-main", "page-has-heading-one")
"""Rules about a whole page, which is Jupyter's."""


def barriers(page: Page, part: str) -> list[str]:
    """The serious findings within the elements that match `part` (CSS), a line each: the rule, the element, what to mend."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.add_script_tag(path=str(_AXE))
    found = page.evaluate(
        """async ([part, left_out]) => {
            const rules = Object.fromEntries(left_out.map((rule) => [rule, { enabled: false }]));
            const result = await axe.run({ include: [part] }, { rules, resultTypes: ["violations"] });
            return result.violations.flatMap((violation) => violation.nodes.map((node) => [
                node.impact ?? violation.impact, violation.id, node.html.slice(0, 200), node.failureSummary]));
        }""",
        [part, list(_PAGE_WIDE)],
    )
    return [f"{rule} ({impact}): {html} {summary}" for impact, rule, html, summary in found if impact in _HEAVY]
