import { Logs } from "./log_lines.js";

// What all views of one run share, and its line to the kernel.
// The kernel numbers its lines; a page that comes, or comes back, says hello with what it has and gets the rest.

const TICK = 250; // milliseconds between two drawings of the times that run
const QUIET = 10000; // milliseconds without a word of a run at work after which it is asked how it goes: a message may be lost
const PATIENCE = 1500; // milliseconds an answer may take; then a cell is running, and what comes meanwhile is shown
const SOON = 3000; // milliseconds after which a question without an answer is asked once more: a page that has just come may ask where a cell is running
const AGAIN = 30000; // and those after that

// A run ends with its kernel.
function cutOff(state) {
  if (!state?.atWork) return state;
  const cut = (stage) => (stage.mark === "running" ? { ...stage, mark: "cut off", share: null, detail: "cut off here" } : stage);
  const headline = state.headline.replace(/^\w+/, "Cut off");
  return { ...state, headline, atWork: false, stopping: false, stages: state.stages.map(cut) };
}

export class RunInPage {
  constructor() {
    this.logs = new Logs();
    this.views = new Set();
    this.run = 0;
    this.state = null;
    this.ways = { again: false, change: false, tryIt: false };
    this.pending = ""; // what the person asked for and the kernel has not yet answered: "stop" or "begin"
    this.behind = 0; // milliseconds the kernel's clock is behind the page's
    this.asked = 0; // since when the kernel owes what is lacking; 0: it has answered
    this.askedLast = 0; // when it was asked for it the last time
    this.again = SOON; // milliseconds until it is asked once more
    this.heard = Date.now();
    this.broken = false; // lines are shown that do not follow those before them
    this.due = false;
    this.gone = false; // the kernel that has the run was started anew
  }

  connect(model) {
    this.model = model;
    this.onMessage = (message) => this.hear(message);
    // Told when the line to the kernel breaks: a view would get a class for it, but anywidget takes the views' own listeners away.
    this.onLive = () => {
      this.gone = true;
      this.state = cutOff(this.state);
      this.changed();
    };
    model.on("msg:custom", this.onMessage);
    model.on("comm_live_update", this.onLive);
    this.timer = setInterval(() => this.tick(), TICK);
    this.ask();
    return () => {
      clearInterval(this.timer);
      model.off("msg:custom", this.onMessage);
      model.off("comm_live_update", this.onLive);
    };
  }

  say(kind, what = {}) {
    this.model.send({ kind, run: this.run, ...what });
  }

  // Something to be done. The hello behind it has an answer, which tells that both were heard.
  tell(kind, what) {
    this.say(kind, what);
    this.ask(this.broken ? 0 : this.logs.next);
  }

  ask(have = 0) {
    if (this.asked && !this.overdue) return;
    this.again = this.asked ? AGAIN : SOON;
    this.askedLast = Date.now();
    this.asked ||= this.askedLast;
    this.say("hello", { have });
  }

  get waiting() {
    return !this.gone && Boolean(this.asked) && Date.now() - this.asked > PATIENCE;
  }

  get overdue() {
    return Boolean(this.asked) && Date.now() - this.askedLast > this.again;
  }

  get now() {
    return (Date.now() - this.behind) / 1000;
  }

  hear(message) {
    if (message.kind === "byhand" && message.run === this.run) for (const view of this.views) view.byHand.take(message);
    if (message.kind !== "feed") return;
    this.heard = Date.now();
    this.gone = false;
    if (message.run !== this.run) this.begin(message.run);
    if (message.whole) this.asked = 0;
    if (message.ways) this.ways = message.ways;
    if (message.state) {
      this.state = message.state;
      this.behind = Date.now() - 1000 * message.state.now;
      if (this.pending === "begin" && !message.state.goingOn) this.pending = "";
      if (!message.state.atWork && this.pending === "stop") this.pending = "";
    }
    this.takeLines(message);
    this.changed();
  }

  takeLines(message) {
    if (this.broken && message.whole && message.after === 0) {
      this.broken = false;
      this.forgetLines();
    }
    if (message.after > this.logs.next) {
      this.ask();
      if (!this.waiting) return;
      this.broken = true;
      this.logs.next = message.after;
    }
    this.logs.take(message);
  }

  begin(run) {
    this.run = run;
    this.state = null;
    this.pending = "";
    this.broken = false;
    this.forgetLines();
    for (const view of this.views) view.begin();
  }

  forgetLines() {
    this.logs.clear();
    for (const view of this.views) view.logPane.forget();
  }

  tick() {
    if (document.hidden) return;
    const quiet = this.state?.atWork && Date.now() - this.heard > QUIET;
    if (quiet || this.overdue) this.ask(this.broken ? 0 : this.logs.next);
    if (this.waiting) this.changed();
    if (this.state?.atWork) for (const view of this.views) view.stages.tick(this.now);
  }

  changed() {
    if (this.due) return;
    this.due = true;
    const draw = () => {
      this.due = false;
      for (const view of this.views) view.draw();
    };
    if (document.hidden) setTimeout(draw, TICK);
    else requestAnimationFrame(draw);
  }
}
