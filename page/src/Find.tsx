// The field that finds any number by its name.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./Icon";
import type { Explorer } from "./state";

/** A thing that a search found. */
export interface Found {
  name: string;
  /** Its number, as written. */
  text: string;
  go: () => void;
}

/** Finds things by words: each place that knows numbers adds one to `explorer.finders`. */
export type Finder = (words: string) => Found[] | Promise<Found[]>;

/** Whether every one of some words is part of a name. */
export function matches(name: string, words: string): boolean {
  return words.toLowerCase().split(/\s+/).every((word) => name.toLowerCase().includes(word));
}

const MOST = 50;

export function Find({ explorer }: { explorer: Explorer }) {
  const field = useRef<HTMLInputElement>(null);
  const asked = useRef(0);
  const [found, setFound] = useState<Found[] | undefined>(undefined);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (explorer.finding.value) field.current?.focus();
  }, [explorer.finding.value]);
  useEffect(() => {
    if (found) void look(field.current?.value ?? "");
  }, [explorer.setup.value]);
  const look = async (words: string) => {
    const serial = ++asked.current;
    const lists = await Promise.all(explorer.finders.map((finder) => finder(words.trim())));
    if (serial !== asked.current) return;
    const named = new Map(lists.flat().reverse().map((item) => [item.name, item])); // the first of a name counts
    setFound([...named.values()].reverse().slice(0, MOST));
    setAt(0);
  };
  const close = () => {
    asked.current++;
    setFound(undefined);
  };
  const go = (item: Found | undefined) => {
    if (!item || !field.current) return;
    item.go();
    field.current.value = "";
    field.current.blur();
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && found?.length) {
      event.preventDefault();
      setAt((at + by + found.length) % found.length);
    } else if (event.key === "Enter") {
      go(found?.[at]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      field.current?.blur();
    }
  };
  return (
    <div class="find">
      <Icon name="search" />
      <input
        ref={field}
        role="combobox"
        aria-label="Find any number"
        aria-expanded={found !== undefined}
        aria-controls="glassgrad-found"
        aria-activedescendant={found?.length ? `glassgrad-found-${at}` : undefined}
        placeholder={explorer.tier.value === "narrow" ? "Find a number" : "Find any number"}
        autocomplete="off"
        spellcheck={false}
        onFocus={(event) => void look(event.currentTarget.value)}
        onInput={(event) => void look(event.currentTarget.value)}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      {found && (
        <ul class="found" id="glassgrad-found" role="listbox" aria-label="Found">
          {found.length === 0 && <li class="caption">Nothing has a name like this.</li>}
          {found.map((item, i) => (
            <li
              key={item.name}
              id={`glassgrad-found-${i}`}
              role="option"
              aria-selected={i === at}
              onPointerDown={(event) => event.preventDefault()}
              onPointerEnter={() => setAt(i)}
              onClick={() => go(item)}
            >
              <code>{item.name}</code>
              <span class="num">{item.text}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
