// Time as nodes: one tick for each, forward and then backward, in the engine's own order.
import { useEffect, useRef } from "preact/hooks";
import { Button, Segments } from "../controls";
import { useSize } from "../useSize";
import type { ViewProps } from "../view";
import { insideOf } from "./state";
import { called, symbol } from "./words";

const PACE = 700; // milliseconds between two steps: a pulse and time to read

export function NodeTransport({ explorer }: ViewProps) {
  const inside = insideOf(explorer);
  const known = inside.known.value;
  const playing = inside.playing.value;
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      if (inside.isComplete) inside.playing.value = false;
      else inside.go(inside.cursor.value + 1, true);
    }, PACE);
    return () => clearInterval(timer);
  }, [playing]);
  if (!known) return null;
  const { graph, visits } = known;
  const at = inside.cursor.value;
  const visit = visits[at];
  const turn = inside.turn;
  const step = (by: number) => {
    inside.playing.value = false;
    inside.go(at + by, by > 0);
  };
  const name = visit ? called(graph, visit.node) : "";
  const count = visit?.back ? visits.length - turn : turn;
  const shares = visit ? (known.arrivals[visit.node]?.length ?? 0) : 0;
  const said = !visit?.back ? "is computed" : shares > 1 ? `has all ${shares} shares` : shares ? "has its share" : "begins the way back";
  return (
    <>
      <div class="row">
        <Button local kind="quiet" icon="reset" label="To the first node" onPress={() => step(-at)} />
        <Button local kind="quiet" icon="back" label="One node back" onPress={() => step(-1)} />
        <Button local kind="primary" class="play" icon={playing ? "pause" : "play"} label={playing ? "Pause" : "Step through"} onPress={() => inside.turnPlaying()} />
        <Button local kind="quiet" icon="forward" label="One node on" onPress={() => step(1)} />
        <Button local kind="quiet" icon="epoch" label="To the end" onPress={() => step(visits.length)} />
      </div>
      <div class="node-clock" role="status">
        <b>
          {visit?.back ? "Backward" : "Forward"}, node {visit?.back ? at - turn + 1 : at + 1}
        </b>{" "}
        <span class="muted">of {count}</span>
        <br />
        <small class="muted not-narrow">
          <code>{name}</code> {said}
        </small>
      </div>
      <Strip explorer={explorer} />
      <span class="not-narrow">
        <Segments
          local
          label="Direction"
          options={[["forward", "Forward"], ["backward", "Backward"]] as const}
          chosen={visit?.back ? "backward" : "forward"}
          onChoose={(way) => inside.go(way === "forward" ? 0 : turn)}
        />
      </span>
    </>
  );
}

const GAP = 28;
const TOP = 20;

function Strip({ explorer }: ViewProps) {
  const inside = insideOf(explorer);
  const host = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(host);
  const known = inside.known.value;
  if (!known) return null;
  const { graph, visits } = known;
  const turn = inside.turn;
  const at = inside.cursor.value;
  const cell = Math.max(0.1, (width - GAP) / Math.max(1, visits.length));
  const left = (i: number) => i * cell + (i >= turn ? GAP : 0);
  const top = height < 50 ? 2 : TOP;
  const high = Math.max(4, height - top - 6);
  const seek = (event: PointerEvent) => {
    const frame = (event.currentTarget as Element).getBoundingClientRect();
    const x = event.clientX - frame.left;
    const i = Math.floor((x < turn * cell + GAP / 2 ? x : x - GAP) / cell);
    inside.go(i);
  };
  const visit = visits[at];
  return (
    <div
      ref={host}
      class="strip"
      role="slider"
      tabIndex={0}
      aria-label="Node"
      aria-valuemin={1}
      aria-valuemax={visits.length}
      aria-valuenow={at + 1}
      aria-valuetext={visit ? `${visit.back ? "backward" : "forward"}, ${graph.nodes[visit.node]?.name || called(graph, visit.node)}` : ""}
      onPointerDown={(event) => {
        (event.currentTarget as Element).setPointerCapture(event.pointerId);
        seek(event);
      }}
      onPointerMove={(event) => event.buttons === 1 && seek(event)}
    >
      <svg width={width} height={height} aria-hidden="true">
        {top > 10 && <text x={0} y={13}>forward</text>}
        {top > 10 && <text x={left(turn)} y={13}>backward</text>}
        {cell >= 3 ? (
          visits.map((one, i) => (
            <g key={i} class={`tick ${i === at ? "now" : i < at ? "done" : ""} ${one.back ? "back" : ""}`}>
              <rect x={left(i) + (cell > 6 ? 1 : 0.25)} width={Math.max(1, cell - (cell > 6 ? 2 : 0.5))} y={i === at ? top - 2 : top} height={i === at ? high + 4 : high} rx={Math.min(3, cell / 4)} />
              {cell > 15 && (
                <text x={left(i) + cell / 2} y={top + high / 2 + 4} text-anchor="middle">{label(graph.nodes[one.node]?.op ?? "", graph.nodes[one.node]?.short ?? "", cell)}</text>
              )}
            </g>
          ))
        ) : (
          <Long turn={turn} at={at} cell={cell} top={top} high={high} left={left} count={visits.length} />
        )}
      </svg>
    </div>
  );
}

/** So many nodes that each is less than three pixels: two bars and a cursor. */
function Long({ turn, at, cell, top, high, left, count }: { turn: number; at: number; cell: number; top: number; high: number; left: (i: number) => number; count: number }) {
  return (
    <>
      <g class="tick"><rect x={0} width={turn * cell} y={top} height={high} /><rect x={left(turn)} width={(count - turn) * cell} y={top} height={high} /></g>
      <g class="tick done"><rect x={0} width={Math.min(at, turn) * cell} y={top} height={high} /></g>
      {at >= turn && <g class="tick done back"><rect x={left(turn)} width={(at - turn) * cell} y={top} height={high} /></g>}
      <g class="tick now"><rect x={left(at) - 1.5} width={3} y={top - 2} height={high + 4} /></g>
    </>
  );
}

function label(op: string, short: string, cell: number): string {
  const text = op ? symbol(op) : short.replace(/^\[\d+\]\./, "");
  return text.length * 7 < cell ? text : text.slice(0, 1);
}
