// Controls that all views share. A control that needs Python says why it cannot be used now.
import { useSignal } from "@preact/signals";
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./Icon";
import { exact, number, read } from "./numbers";

/** Why what needs Python cannot be done now; "" where it can. */
export const NotNow = createContext("");

interface Needs {
  /** It works without Python. */
  local?: boolean;
}

function useReason({ local = false }: Needs, own = ""): string {
  const general = useContext(NotNow);
  return own || (local ? "" : general);
}

interface ButtonProps extends Needs {
  children?: ComponentChildren;
  icon?: IconName;
  /** What it does, for who cannot see the icon; shown on hover. */
  label?: string;
  kind?: "primary" | "quiet" | "";
  pressed?: boolean;
  /** Why it cannot be used now. */
  notNow?: string;
  class?: string;
  onPress: () => void;
}

/** A button that cannot be used keeps the focus and says why. */
export function Button({ children, icon, label, kind = "", pressed, notNow, onPress, ...rest }: ButtonProps) {
  const reason = useReason(rest, notNow);
  const classes = ["button", kind, icon && !children ? "icon" : "", rest.class ?? ""];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      aria-label={label}
      title={reason || label}
      aria-pressed={pressed}
      aria-disabled={reason ? true : undefined}
      onClick={() => {
        if (!reason) onPress();
      }}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface SegmentsProps<T extends string> extends Needs {
  label: string;
  options: readonly (readonly [T, string])[];
  chosen: T;
  onChoose: (option: T) => void;
}

/** One of a few: a radio group, one tab stop, arrows inside. */
export function Segments<T extends string>({ label, options, chosen, onChoose, ...rest }: SegmentsProps<T>) {
  const reason = useReason(rest);
  const group = useRef<HTMLDivElement>(null);
  const at = options.findIndex(([name]) => name === chosen);
  const choose = (index: number) => {
    const option = options[(index + options.length) % options.length];
    if (option && !reason) onChoose(option[0]);
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    choose(at + by);
    const next = (at + by + options.length) % options.length;
    (group.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div
      ref={group}
      class="segments"
      role="radiogroup"
      aria-label={label}
      aria-disabled={reason ? true : undefined}
      title={reason || undefined}
      onKeyDown={move}
    >
      {options.map(([name, title], i) => (
        <button
          key={name}
          type="button"
          role="radio"
          aria-checked={name === chosen}
          tabIndex={i === Math.max(at, 0) ? 0 : -1}
          onClick={() => choose(i)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

interface SelectProps<T extends string> extends Needs {
  label: string;
  options: readonly (readonly [T, string])[];
  chosen: T;
  bare?: boolean;
  onChoose: (option: T) => void;
}

export function Select<T extends string>({ label, options, chosen, bare, onChoose, ...rest }: SelectProps<T>) {
  const reason = useReason(rest);
  return (
    <span class={bare ? "select bare" : "select"} title={reason || undefined}>
      <select
        aria-label={label}
        value={chosen}
        disabled={reason !== ""}
        onChange={(event) => onChoose(event.currentTarget.value as T)}
      >
        {options.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      <Icon name="chevron" />
    </span>
  );
}

interface SliderProps extends Needs {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  /** It starts in the middle, where zero is, and takes the colour of the sign. */
  centred?: boolean;
  text?: string;
  onChange: (value: number) => void;
}

export function Slider({ label, value, min, max, step, centred, text, onChange, ...rest }: SliderProps) {
  const reason = useReason(rest);
  const share = Math.max(0, Math.min(1, (value - min) / (max - min || 1)));
  const stop = (t: number) => `calc(6px + (100% - 12px) * ${t.toFixed(4)})`;
  const [from, to] = centred ? [Math.min(0.5, share), Math.max(0.5, share)] : [0, share];
  const sign = centred ? (value < 0 ? " neg" : " pos") : "";
  return (
    <input
      type="range"
      class={`slider${sign}`}
      aria-label={label}
      aria-valuetext={text}
      min={min}
      max={max}
      step={step ?? "any"}
      value={value}
      disabled={reason !== ""}
      title={reason || undefined}
      style={{ "--from": stop(from), "--to": stop(to) }}
      onInput={(event) => onChange(Number(event.currentTarget.value))}
    />
  );
}

interface NumberProps extends Needs {
  label: string;
  value: number;
  decimals?: number;
  plus?: boolean;
  min?: number;
  max?: number;
  /** How much it changes with each pixel that it is dragged, and each press of an arrow. */
  step: number;
  wide?: number;
  class?: string;
  onChange: (value: number) => void;
}

const STILL = 3; // pixels that a press may move and still be a click

/** A number that can be dragged sideways, stepped by arrows, and typed into. */
export function NumberField({ label, value, decimals = 3, plus, min = -Infinity, max = Infinity, step, wide, onChange, ...rest }: NumberProps) {
  const reason = useReason(rest);
  const field = useRef<HTMLInputElement>(null);
  // A signal, not a state: Enter can come before the typing is drawn.
  const typed = useSignal<string | undefined>(undefined);
  const drag = useRef<{ from: number; x: number; moved: boolean } | undefined>(undefined);
  const bounded = (x: number) => Math.max(min, Math.min(max, Number(x.toFixed(10))));
  const shown = typed.value ?? number(value, decimals, { plus: plus ?? false });
  const take = () => {
    const said = typed.value === undefined ? undefined : read(typed.value);
    if (said !== undefined && bounded(said) !== value) onChange(bounded(said));
    typed.value = undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: step, ArrowDown: -step, PageUp: 10 * step, PageDown: -10 * step }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      typed.value = undefined;
      onChange(bounded(value + by));
    } else if (event.key === "Enter") {
      take();
    } else if (event.key === "Escape" && typed.value !== undefined) {
      event.stopPropagation();
      typed.value = undefined;
    }
  };
  const onPointerDown = (event: PointerEvent) => {
    if (reason || document.activeElement === field.current) return;
    event.preventDefault();
    field.current?.setPointerCapture(event.pointerId);
    drag.current = { from: value, x: event.clientX, moved: false };
  };
  const onPointerMove = (event: PointerEvent) => {
    const held = drag.current;
    if (!held) return;
    const by = event.clientX - held.x;
    if (!held.moved && Math.abs(by) <= STILL) return;
    held.moved = true;
    onChange(bounded(held.from + by * step));
  };
  const onPointerUp = () => {
    if (drag.current && !drag.current.moved) field.current?.focus();
    drag.current = undefined;
  };
  return (
    <input
      ref={field}
      class={`number${typed.value !== undefined && read(typed.value) === undefined ? " invalid" : ""} ${rest.class ?? ""}`}
      inputMode="decimal"
      role="spinbutton"
      aria-label={label}
      aria-valuenow={value}
      aria-valuetext={shown}
      title={reason || exact(value)}
      disabled={reason !== ""}
      style={{ "--wide": wide ?? Math.max(shown.length, 3) }}
      value={shown}
      onFocus={(event) => {
        // At once, not with the next rendering: what is typed right away replaces all of it.
        event.currentTarget.value = exact(value);
        event.currentTarget.select();
        typed.value = event.currentTarget.value;
      }}
      onInput={(event) => (typed.value = event.currentTarget.value)}
      onBlur={take}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => (drag.current = undefined)}
    />
  );
}

interface FieldProps extends SliderProps {
  decimals?: number;
  /** The slider runs over something else, such as the power of ten; `back` leads from there. */
  scale?: { at: number; least: number; most: number; back: (at: number) => number };
  /** Behind the name. */
  more?: ComponentChildren;
  /** Of the number; the slider has its own. */
  unit?: string;
}

/** A name, a number to type or drag, and a slider for it. */
export function Field({ label, more, value, decimals = 2, unit, scale, ...slider }: FieldProps) {
  const step = slider.step ?? (slider.max - slider.min) / 200;
  const run = scale
    ? {
        value: scale.at,
        min: scale.least,
        max: scale.most,
        step: 0.01,
        onChange: (at: number) => slider.onChange(scale.back(at)),
      }
    : { ...slider, value };
  return (
    <div class="field">
      <span>
        {label} {more}
      </span>
      <span class="num">
        <NumberField
          label={label}
          value={value}
          decimals={decimals}
          step={step}
          min={slider.min}
          max={slider.max}
          {...(slider.local ? { local: true } : {})}
          onChange={slider.onChange}
        />
        {unit && ` ${unit}`}
      </span>
      <Slider
        {...run}
        {...(slider.local ? { local: true } : {})}
        label={`${label}, slider`}
        text={number(value, decimals)}
      />
    </div>
  );
}

/** Calls what it is given, at most once in so many milliseconds, and always with the last. */
export function useCalm<A extends unknown[]>(run: (...given: A) => void, every = 60): (...given: A) => void {
  const state = useRef<{ timer: number; last: A | undefined; run: typeof run }>({ timer: 0, last: undefined, run });
  state.current.run = run;
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return (...given: A) => {
    const held = state.current;
    if (held.timer) {
      held.last = given;
      return;
    }
    held.run(...given);
    const again = () => {
      const { last } = held;
      held.last = undefined;
      held.timer = last ? setTimeout(again, every) : 0;
      if (last) held.run(...last);
    };
    held.timer = setTimeout(again, every);
  };
}
