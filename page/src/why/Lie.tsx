// Where the samples lie that ask for a larger, or a smaller, weight: area says how much.
import type { Setup } from "../messages";
import { count, type Real, value } from "../numbers";

const SIDE = 200;

interface Props {
  /** One for each training sample, in their order. */
  shares: Real[];
  setup: Setup;
  /** What a sample below zero does, and one above; `none` what one at zero does. */
  says: [string, string];
  none?: string;
  onChoose: (sample: number) => void;
}

export function Lie({ shares: given, setup, says, none: still, onChoose }: Props) {
  const trained = setup.parts.flatMap((part, i) => (part === "train" ? [i] : []));
  if (given.length !== trained.length || trained.length < 2) return null;
  const shares = given.map(value);
  const most = Math.max(...shares.map(Math.abs).filter(Number.isFinite), 1e-300);
  const [left, right, bottom, top] = setup.plane.bounds;
  const { x: across, y: up } = setup.plane;
  const larger = shares.filter((share) => share < 0).length;
  const smaller = shares.filter((share) => share > 0).length;
  const none = shares.length - larger - smaller;
  const order = trained.map((sample, i) => ({ sample, share: shares[i] ?? 0 })).sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
  return (
    <section class="section lie">
      <div class="section">
        <h2>Where they lie</h2>
        <p class="muted">
          <b class="neg num">{count(larger)}</b> {says[0]}, <b class="pos num">{count(smaller)}</b> {says[1]}
          {none > 0 && (
            <>
              , <b class="num">{count(none)}</b> {still}
            </>
          )}
          .
        </p>
        <p class="muted not-narrow">Area says how much.</p>
      </div>
      <svg viewBox={`0 0 ${SIDE} ${SIDE}`} role="img" aria-label="The training samples on the plane of the inputs">
        <rect class="lie-plane" width={SIDE} height={SIDE} rx="4" />
        {order.map(({ sample, share }) => {
          const point = setup.inputs[sample] ?? [];
          const px = (((point[across] ?? 0) - left) / (right - left)) * SIDE;
          const py = up === null ? SIDE / 2 : ((top - (point[up] ?? 0)) / (top - bottom)) * SIDE;
          return (
            <circle key={sample} class={`lie-point ${share < 0 ? "neg" : share > 0 ? "pos" : ""}`} cx={px.toFixed(1)} cy={py.toFixed(1)} r={Math.max(1.3, Math.sqrt(Math.abs(share) / most) * 8).toFixed(1)} onClick={() => onChoose(sample)}>
              <title>sample {sample}</title>
            </circle>
          );
        })}
      </svg>
    </section>
  );
}
