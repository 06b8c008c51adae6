// A line of steps to drag over, or to walk by keys; what is drawn on it is its caller's.
import type { ComponentChildren } from "preact";
import { useContext, useRef } from "preact/hooks";
import { NotNow } from "../controls";
import { useSize } from "../useSize";

/** Where steps lie, in pixels. */
interface Ruler {
  x: (step: number) => number;
  left: number;
  right: number;
  height: number;
}

interface Props {
  step: number;
  /** The least step that can be chosen; the line itself begins at 0. */
  first: number;
  last: number;
  /** Pixels that the line leaves free at its end. */
  after?: number;
  onSeek: (step: number) => void;
  children: (ruler: Ruler) => ComponentChildren;
}

const PAD = 8; // pixels on each side, so that the knob is never cut

export function StepSlider({ step, first, last, after = 0, onSeek, children }: Props) {
  const notNow = useContext(NotNow);
  const line = useRef<HTMLDivElement>(null);
  const held = useRef(false);
  const { width, height } = useSize(line);
  const [left, right] = [PAD, width - PAD - after];
  const x = (at: number) => left + (at / Math.max(last, 1)) * (right - left);
  const seek = (to: number) => onSeek(Math.max(first, to));
  const go = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = (event.clientX - box.left - left) / (right - left);
    seek(Math.round(Math.max(0, Math.min(1, share)) * last));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = {
      ArrowRight: step + 1,
      ArrowUp: step + 1,
      ArrowLeft: step - 1,
      ArrowDown: step - 1,
      PageUp: step + Math.ceil(last / 10),
      PageDown: step - Math.ceil(last / 10),
      Home: first,
      End: last,
    }[event.key];
    if (to === undefined || notNow) return;
    event.preventDefault();
    seek(to);
  };
  return (
    <div
      ref={line}
      class="timeline"
      role="slider"
      tabIndex={0}
      aria-label="Step"
      aria-valuemin={first}
      aria-valuemax={last}
      aria-valuenow={step}
      aria-valuetext={`step ${step} of ${last}`}
      aria-disabled={notNow !== ""}
      title={notNow || undefined}
      onPointerDown={(event) => {
        if (notNow || last === 0) return;
        held.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={(event) => held.current && go(event)}
      onPointerUp={() => (held.current = false)}
      onPointerCancel={() => (held.current = false)}
      onKeyDown={onKeyDown}
    >
      {width > 0 && (
        <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {children({ x, left, right, height })}
        </svg>
      )}
    </div>
  );
}
