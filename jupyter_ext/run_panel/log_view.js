import { copyText, make, show } from "./elements.js";

// A log of any length of which only the rows in sight are drawn. It follows the newest line until the person scrolls away.

const ROW = 16; // pixels, as in the style sheet
const BEYOND = 6; // rows drawn above and below those in sight
const TOUCH = 500; // milliseconds after a person's touch in which scrolling is theirs: pages that are put back scroll by themselves

export class LogView {
  constructor(changed) {
    this.changed = changed;
    this.rows = make("div", { className: "sendoff-run-rows" });
    this.none = make("div", { className: "sendoff-run-none", textContent: "Nothing is written here." });
    this.pad = make("div", { className: "sendoff-run-pad" }, this.none, this.rows);
    this.box = make("div", { className: "sendoff-run-log", tabIndex: 0, role: "log", "aria-live": "off", "aria-label": "Log" }, this.pad);
    this.box.setAttribute("data-jp-suppress-context-menu", "true");
    this.touched = -TOUCH;
    this.pressed = false;
    for (const name of ["pointerdown", "touchmove", "wheel"]) {
      this.box.addEventListener(name, (event) => this.#touch(event), { passive: true });
    }
    this.box.addEventListener("scroll", () => this.#scrolled());
    this.box.addEventListener("click", (event) => this.#clicked(event));
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.released = () => { this.pressed = false; };
    document.addEventListener("pointerup", this.released);
    document.addEventListener("pointercancel", this.released);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.box);
    this.query = null;
    this.show(null);
  }

  close() {
    this.sizes.disconnect();
    document.removeEventListener("pointerup", this.released);
    document.removeEventListener("pointercancel", this.released);
  }

  // Another log in its place.
  show(log) {
    this.log = log;
    this.first = log?.first ?? 0;
    this.top = 0;
    this.cursor = null;
    this.anchor = null;
    this.marks = new Set();
    this.#forgetRows();
    this.follow();
  }

  find(query) {
    this.query = query;
    this.#forgetRows();
  }

  mark(numbers) {
    const same = numbers.length === this.marks.size && numbers.every((number) => this.marks.has(number));
    if (!same) {
      this.marks = new Set(numbers);
      this.#forgetRows();
    }
  }

  follow() {
    this.following = true;
    this.seen = null;
    this.changed();
  }

  // The number of lines that came since the person looked away from the end.
  get unseen() {
    return this.following || !this.log ? 0 : Math.max(0, this.log.end - this.seen);
  }

  // Whether all there is can be seen without scrolling.
  get whole() {
    return Boolean(this.log) && this.log.texts.length * ROW <= this.box.clientHeight;
  }

  // Bring a line into the middle, with the cursor on it.
  goTo(number) {
    this.#stay();
    this.cursor = this.anchor = number;
    this.top = Math.max(0, (number - this.log.first) * ROW - (this.box.clientHeight - ROW) / 2);
    this.changed();
  }

  // What the person has selected, by the mouse within the rows or by whole lines; empty where nothing is.
  get selected() {
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && this.box.contains(selection.anchorNode) && this.box.contains(selection.focusNode)) {
      return selection.toString();
    }
    if (this.cursor === null || this.cursor === this.anchor) return "";
    const [from, to] = this.#range();
    return this.log.texts.slice(from - this.log.first, to + 1 - this.log.first).join("\n");
  }

  get all() {
    return this.log ? this.log.texts.join("\n") : "";
  }

  draw() {
    const height = this.box.clientHeight;
    if (!this.log || !height) return; // no log yet, or a page nobody sees
    const log = this.log;
    if (log.first > this.first) {
      this.top = Math.max(0, this.top - (log.first - this.first) * ROW); // what is read stays where it is
      if (this.cursor !== null) [this.cursor, this.anchor] = [Math.max(log.first, this.cursor), Math.max(log.first, this.anchor)];
      this.first = log.first;
    }
    const whole = log.texts.length * ROW;
    show(this.none, !whole);
    this.pad.style.height = `${whole}px`;
    if (this.following) this.top = Math.max(0, whole - height);
    if (this.#held) this.top = this.box.scrollTop;
    else if (Math.abs(this.box.scrollTop - this.top) >= 1) this.box.scrollTop = this.top;
    const from = log.first + Math.max(0, Math.floor(this.top / ROW) - BEYOND);
    const to = Math.min(log.end, log.first + Math.ceil((this.top + height) / ROW) + BEYOND);
    this.rows.style.top = `${(from - log.first) * ROW}px`;
    this.#drawRows(from, to);
  }

  // Rows that stay are left alone, so that what is selected in them stays selected.
  #drawRows(from, to) {
    for (const [number, row] of this.drawn) {
      if (number < from || number >= to) {
        row.remove();
        this.drawn.delete(number);
      }
    }
    let place = this.rows.firstChild;
    const [selectedFrom, selectedTo] = this.#range();
    for (let number = from; number < to; number++) {
      let row = this.drawn.get(number);
      if (!row) {
        row = make("div", {}, ...this.#pieces(this.log.at(number)));
        row.number = number;
        this.drawn.set(number, row);
      }
      const name = `sendoff-run-row${this.marks.has(number) ? " sendoff-run-evidence" : ""}${
        number >= selectedFrom && number <= selectedTo ? " sendoff-run-selected" : ""}`;
      if (row.className !== name) row.className = name;
      if (row === place) place = place.nextSibling;
      else this.rows.insertBefore(row, place);
    }
  }

  #pieces(text) {
    if (!this.query || !text) return [text || " "];
    const pieces = [];
    let at = 0;
    for (const match of text.matchAll(this.query)) {
      pieces.push(text.slice(at, match.index), make("mark", { textContent: match[0] }));
      at = match.index + match[0].length;
    }
    return [...pieces, text.slice(at)];
  }

  #forgetRows() {
    this.drawn = new Map();
    this.rows.replaceChildren();
    this.changed();
  }

  #range() {
    return this.cursor === null ? [0, -1] : [Math.min(this.cursor, this.anchor), Math.max(this.cursor, this.anchor)];
  }

  #stay() {
    if (this.following) this.seen = this.log.end;
    this.following = false;
  }

  // A person has hold of the log: nothing moves it under their hands.
  get #held() {
    return this.pressed || performance.now() - this.touched < TOUCH / 2;
  }

  #touch(event) {
    this.touched = performance.now();
    if (event.type === "pointerdown") this.pressed = true;
    if (event.type === "wheel" && event.deltaY < 0 && this.box.scrollTop > 0) {
      this.#stay();
      this.changed();
    }
  }

  #scrolled() {
    const now = performance.now();
    if (this.pressed || now - this.touched < TOUCH) {
      this.touched = now; // a wheel runs on, a bar is being dragged
      const down = this.box.scrollTop > this.top;
      this.top = this.box.scrollTop;
      const atEnd = this.top + this.box.clientHeight >= this.log.texts.length * ROW - ROW;
      if (!atEnd) this.#stay();
      else if (down) this.follow();
      this.changed();
    }
    this.draw();
  }

  #clicked(event) {
    const number = event.target.closest?.(".sendoff-run-row")?.number;
    if (number === undefined || !document.getSelection()?.isCollapsed) return;
    this.#stay();
    this.cursor = number;
    if (!event.shiftKey || this.anchor === null) this.anchor = number;
    this.changed();
  }

  #key(event) {
    if (!this.log?.texts.length) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 1);
    const [first, last] = [this.log.first, this.log.end - 1];
    const inSight = Math.min(last, first + Math.floor((this.top + this.box.clientHeight) / ROW) - 1);
    const here = this.cursor ?? inSight;
    const ways = { ArrowUp: here - 1, ArrowDown: here + 1, PageUp: here - page, PageDown: here + page, Home: first, End: last };
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === "a") {
      this.#stay();
      [this.anchor, this.cursor] = [first, last];
    } else if (control && event.key === "c" && this.selected) {
      copyText(this.selected);
    } else if (event.key === "Escape" && this.cursor !== null) {
      this.cursor = this.anchor = null;
    } else if (event.key in ways && !event.altKey && !event.metaKey) {
      this.#move(Math.min(last, Math.max(first, ways[event.key])), event.shiftKey, here);
      if (event.key === "End" && !event.shiftKey) this.follow();
    } else {
      return;
    }
    event.preventDefault();
    this.changed();
  }

  #move(number, extend, from) {
    this.#stay();
    this.anchor = extend ? this.anchor ?? from : number;
    this.cursor = number;
    const [y, height] = [(number - this.log.first) * ROW, this.box.clientHeight];
    this.top = Math.max(0, Math.min(y, Math.max(this.top, y + ROW - height)));
  }
}
