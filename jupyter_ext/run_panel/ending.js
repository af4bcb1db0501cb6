import { make, makeButton, makeCopyButton, show } from "./elements.js";

// How a run ended, and the ways on from there.

export function errorParts(error) {
  const evidence = error.evidence.join("\n");
  const line = (text, kind) => (text ? [make("div", { className: `sendoff-${kind}`, textContent: text })] : []);
  return [
    ...line(error.what, "what"),
    ...line(error.why, "why"),
    ...(evidence ? [make("pre", { className: "sendoff-evidence", tabIndex: 0, textContent: evidence, "aria-label": "Evidence" })] : []),
    ...line(error.fix, "fix"),
  ];
}

export class Ending {
  // `way(kind, what)`: the person goes this way; `toEvidence`: to the marked lines of the log.
  constructor(way, toEvidence) {
    this.way = way;
    this.toEvidence = toEvidence;
    this.said = make("div");
    this.refused = make("div", { className: "sendoff-error", role: "alert", hidden: true });
    this.remedies = make("div", { className: "sendoff-buttons" });
    this.ways = make("div", { className: "sendoff-buttons" });
    this.busy = make("div", { role: "status", hidden: true, textContent: "Beginning again …" });
    this.element = make("div", { className: "sendoff-run-ending", hidden: true }, this.said, this.refused, this.remedies, this.ways, this.busy);
    this.drawn = new Map(); // part -> what it was made from
  }

  // Null: the run is at work. A part is made anew only where it is another: a button with the focus stays.
  draw(end, { ways, refused, goingOn, evidence }) {
    show(this.element, Boolean(end));
    const { remedies = [], ...said } = end ?? {};
    this.#part(this.said, [said], () => (!end ? [] : end.ok ? this.#success(end) : this.#failure(end)));
    this.#part(this.refused, [refused], () => (refused ? errorParts(refused) : []));
    show(this.refused, Boolean(refused));
    this.#part(this.remedies, [remedies, ways.again], () =>
      !ways.again ? [] : remedies.map((label, number) => makeButton(label, () => this.way("remedy", { number }), number ? "" : "sendoff-primary")));
    show(this.remedies, this.remedies.childElementCount > 0);
    this.#part(this.ways, [end?.ok, end?.url, end?.again, ways, evidence, remedies.length > 0], () => (end ? this.#ways(end, ways, evidence) : []));
    for (const button of this.element.querySelectorAll("[data-begins]")) button.disabled = goingOn;
    for (const button of this.remedies.children) button.disabled = goingOn;
    show(this.busy, goingOn);
  }

  #part(element, key, make) {
    const known = JSON.stringify(key);
    if (this.drawn.get(element) === known) return;
    this.drawn.set(element, known);
    element.replaceChildren(...make());
  }

  #success(end) {
    const head = make("div", { className: "sendoff-run-success" }, make("span", { className: "sendoff-good", "aria-hidden": "true", textContent: "✓ " }), end.head);
    if (/^https?:\/\//.test(end.url)) head.append(" ", make("a", { href: end.url, target: "_blank", rel: "noopener noreferrer", textContent: end.url }), end.tail);
    else head.append(end.url ? ` ${end.url}` : "", end.tail);
    const proofs = end.proofs.map((text) => make("div", { className: "sendoff-quiet", textContent: text }));
    const commands = end.commands.map(([label, text]) =>
      make("div", { className: "sendoff-run-command" },
        make("span", { className: "sendoff-quiet", textContent: label }),
        make("code", { textContent: text }),
        this.#copying("Copy", text, label)));
    return [make("div", { role: "status" }, head), ...proofs, ...commands];
  }

  #failure(end) {
    return [make("div", { className: end.stopped ? "sendoff-notice" : "sendoff-error", role: end.stopped ? "status" : "alert" }, ...errorParts(end.error))];
  }

  #ways(end, ways, evidence) {
    const buttons = [];
    if (end.ok) {
      if (end.service && ways.tryIt) buttons.push(makeButton("Try it", () => this.way("try"), "sendoff-primary"));
      if (end.url) buttons.push(this.#copying("Copy address", end.url));
    } else {
      if (ways.again) {
        const again = makeButton(end.again, () => this.way("again"), end.remedies.length ? "" : "sendoff-primary");
        again.dataset.begins = "";
        buttons.push(again);
      }
      if (ways.change) buttons.push(makeButton("Change", () => this.way("change")));
      if (evidence) buttons.push(makeButton("Evidence", this.toEvidence));
    }
    return buttons;
  }

  #copying(label, text, what) {
    const button = makeCopyButton(label, () => text);
    if (what) button.setAttribute("aria-label", `${label}: ${what}`);
    return button;
  }
}

// The commands one would type, each with what it does, to be copied.
export class ByHand {
  constructor(ask) {
    this.open = false;
    this.body = make("div", { "aria-live": "polite" });
    this.button = makeButton("By hand", () => {
      this.open = !this.open;
      if (this.open) {
        this.body.replaceChildren("Looking up the commands …");
        ask();
      }
      this.#draw();
    });
    this.element = make("section", { className: "sendoff-run-by-hand", hidden: true, "aria-label": "The same thing done by hand" },
      make("div", { className: "sendoff-heading", textContent: "The same thing done by hand" }), this.body);
    this.#draw();
  }

  take({ stages, error }) {
    if (!this.open) return;
    const texts = stages.flatMap((stage) => stage.commands.map(([text]) => text));
    const line = (text, kind) => (text ? [make("div", { className: kind, textContent: text })] : []);
    const body = stages.flatMap((stage) => [
      ...line(stage.title, "sendoff-heading"),
      ...line(stage.why, ""),
      ...stage.commands.flatMap(([text, why]) => [
        ...line(why, "sendoff-quiet"),
        make("div", { className: "sendoff-run-command" },
          make("pre", { className: "sendoff-command", tabIndex: 0, textContent: text }), makeCopyButton("Copy", () => text)),
      ]),
      ...line(stage.api, "sendoff-quiet"),
    ]);
    if (error) body.push(make("div", { className: "sendoff-error", role: "alert" }, ...errorParts(error)));
    else if (!stages.length) body.push("Nothing is typed.");
    if (texts.length > 1) body.push(make("div", { className: "sendoff-buttons" }, makeCopyButton("Copy all", () => texts.join("\n\n"))));
    this.body.replaceChildren(...body);
  }

  close() {
    this.open = false;
    this.#draw();
  }

  #draw() {
    show(this.element, this.open);
    this.button.setAttribute("aria-expanded", String(this.open));
  }
}
