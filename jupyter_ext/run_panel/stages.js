import { make, secondsInWords, setText, show } from "./elements.js";

// The stages of a run, one a row; the one whose log is in sight is marked.

const MARKS = { ahead: "·", running: "●", done: "✓", skipped: "✓", failed: "✗", stopped: "■", "cut off": "?" };
const SAID = { ahead: "to come", running: "at work", done: "done", skipped: "done before", failed: "failed", stopped: "stopped", "cut off": "cut off" };

class StageRow {
  constructor(choose) {
    this.mark = make("span", { className: "sendoff-run-mark", "aria-hidden": "true" });
    this.said = make("span", { className: "sendoff-run-unseen" });
    this.title = make("span");
    this.button = make("button", { type: "button", className: "sendoff-run-title" }, this.title, this.said);
    this.time = make("span", { className: "sendoff-run-time" });
    this.fill = make("span", { className: "sendoff-run-fill" });
    this.bar = make("span", { className: "sendoff-run-progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, this.fill);
    this.detail = make("span", { className: "sendoff-run-detail" });
    this.element = make("li", {}, this.mark, this.button, this.time, this.bar, this.detail);
    this.element.addEventListener("click", () => choose(this.stage.stage));
  }

  draw(stage, here, now) {
    this.stage = stage;
    this.element.className = `sendoff-run-stage sendoff-run-${stage.mark.replace(" ", "-")}${here ? " sendoff-run-here" : ""}`;
    setText(this.mark, MARKS[stage.mark]);
    setText(this.said, ` ${SAID[stage.mark]}`);
    setText(this.title, stage.title);
    setText(this.detail, stage.detail);
    this.detail.title = stage.detail;
    if (here) this.button.setAttribute("aria-current", "true");
    else this.button.removeAttribute("aria-current");
    this.tick(now);
  }

  // What changes with the time alone. Where the work cannot say how far it is, the bar goes by the time it usually takes.
  tick(now) {
    const stage = this.stage;
    const elapsed = Math.max(0, now - stage.started);
    let time = stage.took, share = null;
    if (stage.mark === "ahead") time = stage.usual && `~${stage.usual}`;
    if (stage.mark === "running") {
      time = secondsInWords(elapsed) + (stage.usual && ` of ~${stage.usual}`);
      share = stage.share ?? (stage.expected ? Math.min(0.95, elapsed / stage.expected) : null);
    }
    setText(this.time, time);
    show(this.bar, share !== null);
    if (share !== null) {
      const percent = String(Math.round(100 * share));
      this.fill.style.width = `${percent}%`;
      this.bar.setAttribute("aria-valuenow", percent);
      this.bar.setAttribute("aria-label", stage.title);
    }
  }
}

export class StageList {
  constructor(choose) {
    this.choose = choose;
    this.rows = new Map();
    this.element = make("ol", { className: "sendoff-run-stages", "aria-label": "Stages" });
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  draw(stages, here, now) {
    const known = this.rows;
    this.rows = new Map(stages.map((stage) => [stage.stage, known.get(stage.stage) ?? new StageRow(this.choose)]));
    for (const [stage, row] of known) if (!this.rows.has(stage)) row.element.remove();
    let place = this.element.firstChild;
    for (const stage of stages) {
      const row = this.rows.get(stage.stage);
      row.draw(stage, stage.stage === here, now);
      if (row.element === place) place = place.nextSibling;
      else this.element.insertBefore(row.element, place);
    }
  }

  tick(now) {
    for (const row of this.rows.values()) if (row.stage.mark === "running") row.tick(now);
  }

  #key(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const rows = [...this.rows.values()];
    const at = rows.findIndex((row) => row.button === document.activeElement);
    if (!by || at < 0) return;
    event.preventDefault();
    rows[Math.min(rows.length - 1, Math.max(0, at + by))].button.focus();
  }
}
