// A neuron as a card: its map, what it gives, its gradient, its weights; as much as there is room.
import type { Palette } from "../colours";
import { HeatMap } from "../HeatMap";
import { Icon, iconOf } from "../Icon";
import { number, signClass, signed } from "../numbers";
import type { Box, CardKind } from "./layout";
import { inputName } from "./shape";

interface CardProps {
  id: string;
  box: Box;
  kind: CardKind;
  map: { values: Float32Array; width: number; height: number; side: number; scale: number | undefined };
  /** Where the sample lies on the map, as shares of its sides from the top left. */
  here: { x: number; y: number } | undefined;
  palette: Palette | undefined;
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
  /** The kind of what is wrong with it. */
  finding: string | undefined;
  onSelect: () => void;
  onOpen: () => void;
  onWeight: (input: number) => void;
}

export function NeuronCard(props: CardProps) {
  const { box, kind, selected, finding } = props;
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
      <CardMap {...props} />
      {kind !== "map" && <Said {...props} />}
      {kind === "bars" && <Bars {...props} />}
      {kind === "table" && <Table {...props} />}
      {finding && (
        <span class="badge">
          <Icon name={iconOf(finding)} />
          {kind !== "map" && finding}
        </span>
      )}
    </div>
  );
}

export function CardMap({ map, here, palette }: Pick<CardProps, "map" | "here" | "palette">) {
  return (
    <div class="card-plane" style={{ width: `${map.side}px`, height: `${map.side}px` }}>
      <HeatMap {...map} palette={palette} />
      {here && <i class="here" style={{ left: `${100 * here.x}%`, top: `${100 * here.y}%` }} />}
    </div>
  );
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
