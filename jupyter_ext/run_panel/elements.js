// Pieces of a page. Texts of a run go into them as text, never as HTML.

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !name.startsWith("aria-")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function makeButton(label, pressed, kind = "") {
  const button = make("button", { type: "button", className: `jupyter-button ${kind}`, textContent: label });
  button.addEventListener("click", pressed);
  return button;
}

// Only what has changed is written: a page is read out, selected and laid out anew where it is written to.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

// The clipboard's own interface is there on secure pages only; a hub may be none.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const area = make("textarea", { value: text, className: "sendoff-run-unseen" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus({ preventScroll: true });
    return done;
  }
}

export function makeCopyButton(label, text) {
  const button = makeButton(label, async () => {
    button.textContent = (await copyText(text())) ? "Copied" : "Not copied: the page may not";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  return button;
}

// "3.2 s", "42 s", "1m 02s", "1h 05m": as the kernel says it.
export function secondsInWords(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const two = (number) => String(number).padStart(2, "0");
  const whole = Math.round(seconds), minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}m ${two(whole % 60)}s` : `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}
