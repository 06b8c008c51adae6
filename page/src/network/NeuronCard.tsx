// A neuron as a card: its map, what it gives, its gradient, its weights; as much as there is room.
import { Icon, iconOf } from "../Icon";
import { number, signClass, signed } from "../numbers";
import type { Box, CardKind } from "./layout";
import { inputName } from "./shape";

interface CardProps {
  id: string;
  box: Box;
  kind: CardKind;
  /** Its place among the columns, and the side of its map, which Maps draws. */
  column: number;
  side: number;
  name: string;
  label: string;
  value: number;
  gradient: number;
  /** Of the neuron, the bias last; and the gradients of the sample's loss by them. */
  weights: Float64Array;
  slopes: Float64Array;
  /** The weight whose bar has the full height. */
  full: number;
  selected: boolean;
  /** Which weight is chosen. */
  chosen: number | undefined;
  focusable: boolean;
  level: number;
  onSelect: () => void;
  onOpen: () => void;
  onWeight: (input: number) => void;
}

export function NeuronCard(props: CardProps) {
  const { box, kind, selected } = props;
  return (
    <div
      id={props.id}
      class={`card card-${kind}${selected ? " selected" : ""}`}
      style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.w}px`, height: `${box.h}px` }}
      role="treeitem"
      aria-level={props.level}
      aria-selected={selected}
      aria-label={props.label}
      tabIndex={props.focusable ? 0 : -1}
      onClick={props.onSelect}
      onDblClick={props.onOpen}
    >
      <MapRoom {...props} />
      {kind !== "map" && <Said {...props} />}
      {kind === "bars" && <Bars {...props} />}
      {kind === "table" && <Table {...props} />}
    </div>
  );
}

/** Says on a card's corner what is wrong with it. */
export function Badge({ box, kind, finding }: { box: Box; kind: CardKind; finding: string }) {
  return (
    <span class={`badge badge-${kind}`} style={{ left: `${box.x - 8}px`, top: `${box.y - 9}px` }}>
      <Icon name={iconOf(finding)} />
      {kind !== "map" && finding}
    </span>
  );
}

/** Leaves the room for a map. */
export function MapRoom({ column, side }: Pick<CardProps, "column" | "side">) {
  return <div class="card-plane" data-column={column} style={{ width: `${side}px`, height: `${side}px` }} />;
}

function Said({ kind, name, value, gradient }: CardProps) {
  const [d, g] = kind === "small" ? [2, 3] : [3, 4];
  return (
    <div class="said" aria-hidden="true">
      <div class="name">{name}</div>
      <div class={`value ${Number.isFinite(value) ? "" : "wrong"}`}>{signed(value, d)}</div>
      <div class={`slope ${Number.isFinite(gradient) ? "" : "wrong"}`}>∂ {signed(gradient, g)}</div>
    </div>
  );
}

/** A bar for each weight, the bias last after a gap: height says size, side and colour the sign. */
function Bars({ weights, full, box, chosen, onWeight }: CardProps) {
  const [width, height, gap] = [box.w - 16, Math.max(14, box.h * 0.2), 6];
  const last = weights.length - 1;
  const step = (width - gap) / weights.length;
  const wide = Math.max(1, Math.min(14, step - 2));
  const middle = height / 2;
  const left = (i: number) => i * step + (i === last ? gap : 0) + (step - wide) / 2;
  let [plus, minus] = ["", ""];
  weights.forEach((x, i) => {
    const size = Math.max(1, Math.min(1, Math.abs(x) / full || 0) * (middle - 1));
    const bar = `M${left(i).toFixed(1)},${middle}h${wide.toFixed(1)}v${(x < 0 ? size : -size).toFixed(1)}h${(-wide).toFixed(1)}z`;
    if (x < 0) minus += bar;
    else plus += bar;
  });
  const choose = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const input = x > last * step + gap / 2 ? last : Math.floor(x / step);
    event.stopPropagation();
    onWeight(Math.max(0, Math.min(last, input)));
  };
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
      onClick={choose}
    >
      <rect width={width} height={height} fill="transparent" />
      <path d={`M0,${middle}h${width}`} stroke="var(--line)" />
      {chosen !== undefined && (
        <rect class="bar-chosen" x={left(chosen) - 2} y="0" width={wide + 4} height={height} rx="2" />
      )}
      <path d={plus} fill="var(--pos)" />
      <path d={minus} fill="var(--neg)" />
    </svg>
  );
}

function Table({ weights, slopes, chosen, onWeight }: CardProps) {
  const last = weights.length - 1;
  return (
    <table aria-hidden="true">
      <tbody>
        <tr>
          <th />
          <th>value</th>
          <th>∂L</th>
        </tr>
        {Array.from(weights, (x, i) => (
          <tr
            key={i}
            class={i === chosen ? "on" : ""}
            onClick={(event) => {
              event.stopPropagation();
              onWeight(i);
            }}
          >
            <td>{inputName(i === last ? "b" : i)}</td>
            <td class={`num ${signClass(x)}`}>{signed(x)}</td>
            <td class="num muted">{signed(slopes[i] ?? 0, 4)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a screen reader says of a neuron. */
export function spoken(layer: number, neuron: number, value: number, gradient: number): string {
  return `layer ${layer}, neuron ${neuron}, output ${number(value)}, gradient ${number(gradient, 4)}`;
}
