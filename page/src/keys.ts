// Single keys: they work wherever no field has the focus.
export interface Key {
  /** As the event names them, "Shift+" in front where it is held: ["Shift+ArrowRight"]. */
  keys: string[];
  /** As the table of keys shows them. */
  shown: string;
  does: string;
  /** Given the key that was pressed. */
  run: (key: string) => void;
}

const NAMED = 1; // keys with a longer name than a letter: only there "Shift+" tells two apart

/**
 * Runs what a key stands for, and returns whether it stood for something. `clicked` is the element
 * that was last pressed by a pointer: it keeps the focus, but not the space bar.
 */
export function pressed(event: KeyboardEvent, table: Key[], clicked: Element | undefined): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (takesKeys(event.target as Element | null, event.key, clicked)) return false;
  const name = event.shiftKey && event.key.length > NAMED ? `Shift+${event.key}` : event.key;
  const found = table.find((key) => key.keys.includes(name));
  if (!found) return false;
  event.preventDefault();
  event.stopPropagation();
  found.run(event.key);
  return true;
}

/** Whether an element makes something of the key itself. */
function takesKeys(element: Element | null, key: string, clicked: Element | undefined): boolean {
  if (!element?.closest) return false;
  if (element.closest("input, textarea, select, [contenteditable], dialog")) return true;
  const pressable = key === " " || key === "Enter" ? element.closest("button, a, summary") : null;
  return pressable !== null && !(clicked && pressable.contains(clicked));
}
