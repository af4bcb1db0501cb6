import { make, makeButton, makeCopyButton, setText, show } from "./elements.js";
import { ALL, quotes } from "./log_lines.js";
import { LogView } from "./log_view.js";

// A log with its bar: whose log it is, what is looked for in it, copying, and the way back to its end.

export class LogPane {
  // `choose`: called with the stage whose log the person wants to see.
  constructor(logs, changed, choose) {
    this.logs = logs;
    this.stage = null; // the one whose log is in sight
    this.hits = [];
    this.scanned = 0;
    this.view = new LogView(changed);
    this.select = make("select", { "aria-label": "Log of" });
    this.select.addEventListener("change", () => choose(this.select.value));
    this.input = make("input", { type: "search", placeholder: "Find in the log", "aria-label": "Find in the log" });
    this.input.addEventListener("input", () => this.#look());
    this.input.addEventListener("keydown", (event) => this.#searchKey(event));
    this.count = make("span", { className: "sendoff-run-count", role: "status" });
    this.previous = makeButton("↑", () => this.#go(-1));
    this.previous.setAttribute("aria-label", "Found before");
    this.next = makeButton("↓", () => this.#go(1));
    this.next.setAttribute("aria-label", "Found next");
    this.copy = makeCopyButton("Copy log", () => this.view.selected || this.view.all);
    // A press would end a selection by the mouse before it is copied.
    this.copy.addEventListener("pointerdown", (event) => event.preventDefault());
    this.end = makeButton("", () => this.view.follow(), "sendoff-run-end");
    this.bar = make("div", { className: "sendoff-run-bar" },
      this.select, this.input, this.count, this.previous, this.next, make("span", { className: "sendoff-gap" }), this.copy);
    this.element = make("div", { className: "sendoff-run-pane" }, this.bar, this.view.box, this.end);
    this.view.box.addEventListener("keydown", (event) => this.#logKey(event));
  }

  close() {
    this.view.close();
  }

  // Its lines may be others now: another run is shown.
  forget() {
    this.stage = null;
    this.view.show(null);
  }

  // The log of a stage, or of all; `titles`: of the stages that have begun, by their names.
  show(stage, titles) {
    this.#options(titles);
    if (stage === this.stage) return;
    this.stage = stage;
    this.select.value = stage;
    this.view.show(this.logs.of(stage));
    this.view.box.setAttribute("aria-label", `Log of ${titles.get(stage) ?? "all stages"}`);
    this.#look();
  }

  // Mark the lines that show a cause, and go to the first; false where there are none.
  markEvidence(evidence, go) {
    const numbers = this.evidenceLines(this.stage, evidence);
    this.view.mark(numbers);
    if (go && numbers.length) this.view.goTo(numbers[0]);
    return numbers.length > 0;
  }

  // Numbers of a log's lines that are the evidence: the newest of each. An error quotes a line whole, or a part of it.
  evidenceLines(stage, evidence) {
    const log = this.logs.of(stage);
    const found = new Set();
    for (const quoted of evidence.map((line) => line.replace(/^log line \d+: /, "").trim()).filter((line) => line.length >= 4)) {
      const at = log.texts.findLastIndex((text) => quotes(quoted, text));
      if (at >= 0) found.add(log.first + at);
    }
    return [...found].sort((one, other) => one - other);
  }

  draw() {
    this.#scan();
    const view = this.view;
    view.draw();
    const away = !view.following && view.log && !view.whole;
    const unseen = view.unseen;
    if (away) setText(this.end, unseen ? `↓ ${unseen.toLocaleString("en")} new line${unseen === 1 ? "" : "s"}` : "↓ To the end");
    show(this.end, Boolean(away));
    const copies = view.selected ? "Copy selected" : "Copy log";
    if (this.copy.textContent.startsWith("Copy ")) setText(this.copy, copies);
    this.#drawCount();
  }

  #options(titles) {
    const wanted = [...titles, [ALL, "All stages"]];
    if (this.select.options.length === wanted.length) return;
    const chosen = this.select.value;
    this.select.replaceChildren(...wanted.map(([stage, title]) => new Option(title, stage)));
    this.select.value = this.stage ?? chosen;
  }

  #look() {
    const text = this.input.value;
    this.query = text ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi") : null;
    this.hits = [];
    this.scanned = 0;
    this.view.find(this.query);
    this.#scan();
    if (this.hits.length) this.view.goTo(this.hits.at(-1));
    this.#drawCount();
  }

  // Look into the lines that came since, and forget those that went.
  #scan() {
    const log = this.view.log;
    if (!this.query || !log) return;
    const gone = this.hits.findIndex((number) => number >= log.first);
    if (gone !== 0) this.hits.splice(0, gone < 0 ? this.hits.length : gone);
    for (const number of log.holding(this.query, this.scanned)) this.hits.push(number);
    this.scanned = log.end;
  }

  #drawCount() {
    const here = this.hits.indexOf(this.view.cursor) + 1;
    const count = this.hits.length.toLocaleString("en");
    const found = here ? `${here.toLocaleString("en")} of ${count}` : `${count} found`;
    setText(this.count, !this.query ? "" : this.hits.length ? found : "not found");
    for (const one of [this.count, this.previous, this.next]) show(one, Boolean(this.query));
    this.previous.disabled = this.next.disabled = !this.hits.length;
  }

  // To the next find below the cursor, or the one above; round the end.
  #go(by) {
    if (!this.hits.length) return;
    const cursor = this.view.cursor ?? (by > 0 ? -1 : Infinity);
    const beyond = by > 0 ? this.hits.find((number) => number > cursor) : this.hits.findLast((number) => number < cursor);
    this.view.goTo(beyond ?? this.hits.at(by > 0 ? 0 : -1));
  }

  #searchKey(event) {
    if (event.key === "Enter") this.#go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && this.input.value) {
      this.input.value = "";
      this.#look();
    } else return;
    event.preventDefault();
  }

  #logKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") this.input.focus();
    else if (event.key === "n" || event.key === "N") this.#go(event.key === "n" ? 1 : -1);
    else return;
    event.preventDefault();
  }
}
