// Bars that add up: each starts where the one before ended.
import { useRef } from "preact/hooks";
import type { Part } from "../messages";
import { exact, signClass, signed, type Real, value } from "../numbers";
import { useSize } from "../useSize";

interface Props {
  parts: Part[];
  total: Real;
  decimals: number | undefined;
  /** Names are Python. */
  code?: boolean;
  onChoose?: (part: Part) => void;
}

export function Waterfall({ parts, total, decimals, code, onChoose }: Props) {
  const host = useRef<HTMLSpanElement>(null);
  const { width } = useSize(host);
  const places = decimals ?? 6;
  let [low, high, run] = [0, 0, 0];
  const starts = parts.map((part) => {
    const from = run;
    run += value(part.share);
    low = Math.min(low, run);
    high = Math.max(high, run);
    return from;
  });
  const plot = Math.max(40, width);
  const x = (at: number) => ((at - low) / (high - low || 1)) * plot;
  const bar = (from: number, to: number) => ({ left: `${Math.min(x(from), x(to))}px`, width: `${Math.max(1.5, Math.abs(x(to) - x(from)))}px` });
  return (
    <div class="waterfall">
      {parts.map((part, i) => {
        const from = starts[i] ?? 0;
        const row = (
          <>
            <span class={code ? "part-name code" : "part-name"} title={part.name}>
              {code ? part.name.replace(/^layers(\[\d+\])\.neurons/, "$1") : part.name}
            </span>
            <span class="part-plot" ref={i ? null : host}>
              <i class="part-zero" style={{ left: `${x(0)}px` }} />
              <i class={`part-bar ${signClass(part.share)}`} style={bar(from, from + value(part.share))} />
              <i class="part-join" style={{ left: `${x(from + value(part.share))}px` }} />
            </span>
            <span class={`part-share ${signClass(part.share)}`} title={exact(part.share)}>
              {signed(part.share, places)}
            </span>
          </>
        );
        return onChoose && part.count === 1 ? (
          <button key={part.name} type="button" class="part" onClick={() => onChoose(part)}>
            {row}
          </button>
        ) : (
          <div key={part.name} class="part">
            {row}
          </div>
        );
      })}
      <div class="part part-total">
        <span class="part-name">sum{decimals === undefined && " ≈"}</span>
        <span class="part-plot">
          <i class="part-zero" style={{ left: `${x(0)}px` }} />
          <i class="part-bar whole" style={bar(0, value(total))} />
        </span>
        <span class="part-share" title={exact(total)}>{signed(total, places)}</span>
      </div>
    </div>
  );
}
