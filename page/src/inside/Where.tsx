// A small map of the network: where in it the node at hand is.
import type { Inside, Known } from "./state";

const [WIDTH, HEIGHT] = [200, 130];

export function Where({ inside, known }: { inside: Inside; known: Known }) {
  const sizes = inside.explorer.setup.value?.sizes ?? [];
  if (!known.graph.samples || sizes.length < 2 || Math.max(...sizes) > 24) return null;
  const name = known.graph.nodes[inside.selected.value]?.name ?? "";
  const found = /layers\[(\d+)\]\.neurons\[(\d+)\]/.exec(name);
  const input = /^x\[(\d+)\]/.exec(name);
  const [layer, neuron] = found ? [Number(found[1]) + 1, Number(found[2])] : input ? [0, Number(input[1])] : [-1, -1];
  const most = Math.max(...sizes);
  const gap = Math.min(21, (HEIGHT - 10) / most);
  const side = Math.max(4, Math.min(14, gap - 4));
  const spot = (l: number, j: number, size: number): [number, number] => [
    12 + (l * (WIDTH - 24)) / (sizes.length - 1),
    HEIGHT / 2 + (j - (size - 1) / 2) * gap,
  ];
  const isOn = (l: number, j: number, i: number) => (l === layer && j === neuron) || (l - 1 === layer && i === neuron);
  return (
    <section class="where not-narrow" aria-label="Where">
      <h2>Where</h2>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={found ? `Layer ${layer - 1}, neuron ${neuron}` : name || "the loss"}>
        {sizes.slice(1).flatMap((size, before) =>
          Array.from({ length: size }, (_, j) =>
            Array.from({ length: sizes[before] ?? 0 }, (_, i) => {
              const [x1, y1] = spot(before, i, sizes[before] ?? 0);
              const [x2, y2] = spot(before + 1, j, size);
              const on = isOn(before + 1, j, i);
              return <line key={`${before}-${j}-${i}`} x1={x1} y1={y1} x2={x2} y2={y2} class={on ? "map-edge on" : "map-edge"} />;
            }),
          ),
        )}
        {sizes.flatMap((size, l) =>
          Array.from({ length: size }, (_, j) => {
            const [x, y] = spot(l, j, size);
            return <rect key={`${l}-${j}`} x={x - side / 2} y={y - side / 2} width={side} height={side} rx={side / 5} class={l === layer && j === neuron ? "map-spot on" : "map-spot"} />;
          }),
        )}
      </svg>
    </section>
  );
}
