import { make, makeButton, setText, show } from "./elements.js";
import { LogPane } from "./log_pane.js";
import { StageList } from "./stages.js";
import { ByHand, Ending } from "./ending.js";
import { RunInPage } from "./run_in_page.js";

// A run in a page, in as many views as are shown of it.

const GONE = "The kernel that ran this is gone. What the run did until then is in its journal: run the cell again to go on from there.";
const WAITING = "The kernel does not answer: a cell is running in it, or it is gone.";
const ASKED_TO_STOP = "Stopping: it is told as soon as the running cell lets it.";

class View {
  constructor(shared, element) {
    this.shared = shared;
    this.element = element;
    element.classList.add("sendoff", "sendoff-run");
    element.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab takes Enter and the arrows otherwise
    this.connection = make("div", { className: "sendoff-notice", role: "status", hidden: true });
    this.headline = make("div", { className: "sendoff-title", role: "status" });
    this.stop = makeButton("Stop", () => this.question(true), "sendoff-danger");
    this.consequence = make("div");
    this.yes = makeButton("Stop it", () => this.stopIt(), "sendoff-danger");
    this.no = makeButton("Let it run", () => this.question(false));
    this.asking = make("div", { className: "sendoff-notice", role: "group", "aria-label": "Stop this run?", hidden: true },
      make("b", { textContent: "Stop this run?" }), this.consequence, make("div", { className: "sendoff-buttons" }, this.yes, this.no));
    this.stopping = make("div", { className: "sendoff-notice", role: "status", hidden: true });
    this.stages = new StageList((stage) => this.choose(stage));
    this.notices = make("ul", { className: "sendoff-run-notices", "aria-label": "Notices", hidden: true });
    this.logPane = new LogPane(shared.logs, () => shared.changed(), (stage) => this.choose(stage));
    this.ending = new Ending((kind, what) => this.go(kind, what), () => this.toEvidence());
    this.byHand = new ByHand(() => shared.tell("byhand", { stage: this.logPane.stage ?? "" }));
    this.logPane.bar.append(this.byHand.button);
    element.replaceChildren(this.connection,
      make("div", { className: "sendoff-run-head" }, this.headline, this.stop),
      this.asking, this.stopping, this.stages.element, this.notices, this.logPane.element, this.ending.element, this.byHand.element);
    this.begin();
    this.draw();
  }

  begin() {
    if (this.ending.element.contains(document.activeElement)) this.logPane.view.box.focus();
    this.chosen = null; // the stage whose log the person wants to see; null: the one at work
    this.ended = false;
    this.question(false);
    this.byHand.close();
    this.notices.replaceChildren();
  }

  close() {
    this.logPane.close();
  }

  choose(stage) {
    const begun = this.begun;
    this.chosen = begun.length && stage === begun.at(-1).stage ? null : stage;
    this.draw();
    this.markEvidence(true);
  }

  question(asked) {
    const hadFocus = this.asking.contains(document.activeElement);
    show(this.asking, asked);
    if (asked) this.yes.focus();
    else if (hadFocus) this.stop.focus();
  }

  stopIt() {
    this.shared.pending = "stop";
    this.shared.tell("cancel");
    this.question(false);
    this.shared.changed();
  }

  go(kind, what) {
    if (kind === "again" || kind === "remedy") this.shared.pending = "begin";
    this.shared.tell(kind, what);
    this.shared.changed();
  }

  get begun() {
    return (this.shared.state?.stages ?? []).filter((stage) => stage.mark !== "ahead");
  }

  get error() {
    const end = this.shared.state?.end;
    return end && !end.ok ? end : null;
  }

  markEvidence(go) {
    const here = this.error && this.error.stage === this.logPane.stage;
    this.logPane.markEvidence(here ? this.error.error.evidence : [], go);
  }

  toEvidence() {
    this.choose(this.error.stage);
    this.logPane.view.box.focus({ preventScroll: true });
    this.logPane.view.box.scrollIntoView({ block: "nearest" });
  }

  draw() {
    const { state, waiting, gone } = this.shared;
    setText(this.connection, gone ? GONE : WAITING);
    show(this.connection, gone || waiting);
    setText(this.headline, state?.headline ?? "A run");
    if (state) this.drawState(state);
    this.logPane.draw();
  }

  drawState(state) {
    const { pending, ways } = this.shared;
    const stopping = state.stopping || pending === "stop";
    const hadFocus = this.stop === document.activeElement || this.asking.contains(document.activeElement);
    show(this.stop, state.atWork && !stopping);
    if (!state.atWork && !this.asking.hidden) show(this.asking, false);
    setText(this.consequence, `${state.undone} The journal keeps all; the next run goes on from here.`);
    setText(this.stopping, state.stopping ? `Stopping. ${state.undone}` : ASKED_TO_STOP);
    show(this.stopping, state.atWork && stopping);
    this.drawNotices(state.notices);
    this.drawLog(state);
    const end = state.end;
    this.element.classList.toggle("sendoff-run-over", Boolean(end));
    const evidence = Boolean(this.error) && this.logPane.evidenceLines(end.stage, end.error.evidence).length > 0;
    this.ending.draw(end, { ways, refused: state.refused, goingOn: state.goingOn || pending === "begin", evidence });
    if (end && hadFocus) this.ending.element.querySelector("button")?.focus();
  }

  drawNotices(notices) {
    show(this.notices, notices.length > 0);
    const drawn = [...this.notices.children].map((item) => item.textContent);
    if (JSON.stringify(drawn) === JSON.stringify(notices)) return;
    this.notices.replaceChildren(...notices.map((text) => make("li", { className: "sendoff-notice", textContent: text })));
    this.notices.scrollTop = this.notices.scrollHeight;
  }

  drawLog(state) {
    const justEnded = Boolean(state.end) && !this.ended;
    this.ended = Boolean(state.end);
    const begun = this.begun;
    if (justEnded && this.error?.stage) this.chosen = this.error.stage;
    const here = this.chosen ?? begun.at(-1)?.stage ?? null;
    this.stages.draw(state.stages, here, this.shared.now);
    if (here !== null) this.logPane.show(here, new Map(begun.map((stage) => [stage.stage, stage.title])));
    if (this.error && here !== null) this.markEvidence(justEnded);
  }
}

export default () => {
  const shared = new RunInPage();
  return {
    initialize: ({ model }) => shared.connect(model),
    render({ el }) {
      const view = new View(shared, el);
      shared.views.add(view);
      return () => {
        shared.views.delete(view);
        view.close();
      };
    },
  };
};
