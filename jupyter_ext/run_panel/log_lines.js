// The lines of a run as its page holds them: the newest of each stage, and the newest of all.

const KEPT = 10000;

// One log. Numbers of lines stay what they were when older lines go.
export class Log {
  constructor() {
    this.first = 0;
    this.texts = [];
  }

  get end() {
    return this.first + this.texts.length;
  }

  at(number) {
    return this.texts[number - this.first];
  }

  append(texts) {
    for (const text of texts) this.texts.push(text);
    const gone = this.texts.length - KEPT;
    if (gone > 0) {
      this.texts.splice(0, gone);
      this.first += gone;
    }
  }

  // Numbers of the lines from `since` on that hold the query, a regular expression.
  holding(query, since) {
    const found = [];
    for (let number = Math.max(since, this.first); number < this.end; number++) {
      if (this.at(number).search(query) >= 0) found.push(number);
    }
    return found;
  }
}

const TEXTS = ["message", "exception", "stack_trace", "traceback", "textPayload"];

// Whether an error that says `quoted` quotes this line. A server's line of JSON is quoted as what it says, with more around it.
export function quotes(quoted, line) {
  if (line.includes(quoted)) return true;
  if (!line.startsWith("{")) return false;
  try {
    const entry = JSON.parse(line);
    const said = TEXTS.map((key) => entry[key]).filter((text) => typeof text === "string" && text.length >= 4);
    return said.some((text) => text.includes(quoted) || quoted.includes(text));
  } catch {
    return false;
  }
}

export const ALL = "";

export class Logs {
  constructor() {
    this.clear();
  }

  clear() {
    this.next = 0; // number, among all the run's lines, of the one that comes next
    this.logs = new Map([[ALL, new Log()]]);
  }

  of(stage) {
    if (!this.logs.has(stage)) this.logs.set(stage, new Log());
    return this.logs.get(stage);
  }

  // Lines that follow those before `after`, which must be here; what was had before is passed over, what is gone is told.
  take({ after, first, lines }) {
    let number = first;
    let missed = Math.max(0, first - Math.max(after, this.next));
    for (const [stage, texts] of lines) {
      const fresh = texts.slice(Math.max(0, this.next - number));
      number += texts.length;
      if (!fresh.length) continue;
      if (missed) {
        const count = missed.toLocaleString("en");
        const gap = this.next ? `… ${count} lines came faster than they could be shown …` : `… ${count} older lines are in the journal …`;
        missed = 0;
        this.#append(stage, [gap]);
      }
      this.#append(stage, fresh);
    }
    this.next = Math.max(this.next, number);
  }

  #append(stage, texts) {
    this.of(stage).append(texts);
    this.of(ALL).append(texts);
  }
}
