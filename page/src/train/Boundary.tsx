// What the network makes of the plane, with the samples: choose one, add some, leave some out.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Select, Slider } from "../controls";
import type { Feature, Setup } from "../messages";
import type { Snapshot } from "../network/shape";
import { number, signed } from "../numbers";
import type { Explorer, Tool } from "../state";
import { fitted, useSize } from "../useSize";
import { frameOf, paintCross, paintGround, paintSamples, type Scene, type Spot } from "./paintPlane";

interface Props {
  explorer: Explorer;
  setup: Setup;
  shot: Snapshot;
}

const TITLES = { binary: "Decision boundary", classes: "Decision regions", regression: "Prediction" };

export function Boundary(props: Props) {
  const { explorer, setup, shot } = props;
  const matching = shot.frame.boundary.count > 0;
  return (
    <section class="section boundary" aria-label={TITLES[setup.task]}>
      <div class="section-head">
        <h2>{TITLES[setup.task]}</h2>
        <Tools {...props} />
      </div>
      {matching && <Plane {...props} />}
      {explorer.tier.value !== "phone" && (
        <>
          <Axes {...props} />
          <Legend setup={setup} />
        </>
      )}
    </section>
  );
}

const TOOLS = [
  ["choose", "Choose"],
  ["add", "Add"],
  ["leave_out", "Leave out"],
] as const;

function Tools({ explorer, setup }: Props) {
  if (explorer.tier.value === "phone") return null;
  const { tool } = explorer;
  return (
    <span class="row tools-small">
      {tool.value === "add" && setup.task !== "regression" && (
        <Select
          bare
          local
          label="Class of an added sample"
          options={setup.classes.map((name, i) => [String(i), name] as const)}
          chosen={String(explorer.newClass.value)}
          onChoose={(place) => (explorer.newClass.value = Number(place))}
        />
      )}
      <Select bare local label="A click on the plane" options={TOOLS} chosen={tool.value} onChoose={(one: Tool) => (tool.value = one)} />
    </span>
  );
}

const KEY_STEP = 0.025; // share of the plane that an arrow moves the crosshair

function Plane({ explorer, setup, shot }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [ground, marks] = [useRef<HTMLCanvasElement>(null), useRef<HTMLCanvasElement>(null)];
  const size = useSize(box);
  const [cross, setCross] = useState<Spot | undefined>(undefined);
  const palette = explorer.palette.value;
  const paint = (canvas: HTMLCanvasElement | null, on: (context: CanvasRenderingContext2D, scene: Scene) => void) => {
    const context = canvas && size.width > 0 && fitted(canvas, size);
    if (context && palette) on(context, { setup, shot, palette, size });
  };
  useLayoutEffect(() => paint(ground.current, paintGround), [setup, shot, palette, size]);
  useLayoutEffect(
    () =>
      paint(marks.current, (context, scene) => {
        paintSamples(context, scene);
        if (cross) paintCross(context, { x: cross.x * size.width, y: cross.y * size.height }, scene);
      }),
    // Over one input the samples' heights follow the curve's range.
    [setup, palette, size, cross, shot.frame.sample.index, [...shot.wrong].join(), setup.plane.y === null && shot],
  );
  const act = (spot: Spot, tool = explorer.tool.value) => {
    if (explorer.notNow.value) return;
    const frame = frameOf(setup, shot, size);
    if (tool === "add") {
      add(explorer, setup, frame.fromScreen(spot));
      return;
    }
    const sample = nearest(setup, frame.toScreen, spot);
    if (sample === undefined) return;
    if (tool === "choose") explorer.send({ type: "set_sample", index: sample });
    else explorer.send({ type: "leave_out", sample, out: setup.parts[sample] !== "left_out" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (by) {
      const from = cross ?? { x: 0.5, y: 0.5 };
      const moved = (share: number, d = 0) => Math.max(0, Math.min(1, share + KEY_STEP * d));
      setCross({ x: moved(from.x, by[0]), y: moved(from.y, by[1]) });
    } else if (event.key === "Enter" && cross) {
      act({ x: cross.x * size.width, y: cross.y * size.height });
    } else return;
    event.preventDefault();
  };
  return (
    <div ref={box} class={`plane tool-${explorer.tool.value}`}>
      <canvas ref={ground} aria-hidden="true" />
      <canvas
        ref={marks}
        class="samples"
        role="application"
        tabIndex={0}
        aria-label={spoken(setup, shot)}
        title="Right click on a sample: leave it out, or take it in again"
        onClick={(event) => act(spotOf(event))}
        onContextMenu={(event) => {
          event.preventDefault();
          act(spotOf(event), "leave_out");
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setCross(undefined)}
      />
    </div>
  );
}

function spotOf(event: MouseEvent): Spot {
  const at = (event.currentTarget as Element).getBoundingClientRect();
  return { x: event.clientX - at.left, y: event.clientY - at.top };
}

function spoken(setup: Setup, { frame, wrong }: Snapshot): string {
  const of = setup.task === "regression" ? "R squared" : `right, ${wrong.size} of all samples wrong`;
  return (
    `Plane of ${setup.inputs.length} samples, training: ${number(frame.training.metric)} ${of}. ` +
    `Arrows move a crosshair, Enter acts at it. Sample ${frame.sample.index} is chosen.`
  );
}

function add(explorer: Explorer, setup: Setup, { across, up }: { across: number; up: number }): void {
  const { plane, features, task } = setup;
  const inputs = features.map((_, i) => (i === plane.x ? across : i === plane.y ? up : (plane.held[i] ?? 0)));
  const target = task === "regression" ? (plane.y === null ? up : 0) : explorer.newClass.value;
  explorer.send({ type: "add_point", inputs, target });
}

const NEAR = 14; // pixels from a sample that still mean it

function nearest(setup: Setup, toScreen: (i: number) => Spot, { x, y }: Spot): number | undefined {
  let best: number | undefined;
  let least = NEAR;
  setup.inputs.forEach((_, i) => {
    const at = toScreen(i);
    const distance = Math.hypot(at.x - x, at.y - y);
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

/** With more inputs than two: which two are drawn, and at what the others are held. */
function Axes({ explorer, setup }: Props) {
  const { plane, features } = setup;
  if (features.length < 3 || plane.y === null) return null;
  const options = features.map((feature, i) => [String(i), feature.name] as const);
  const show = (x: number, y: number, held = plane.held) => explorer.send({ type: "set_plane", x, y, held });
  const vertical = plane.y;
  const rest = features.map((_, i) => i).filter((i) => i !== plane.x && i !== vertical);
  return (
    <div class="axes">
      <div class="pair">
        <Select label="Across" options={options} chosen={String(plane.x)} onChoose={(i) => show(Number(i), Number(i) === vertical ? plane.x : vertical)} />
        <Select label="Up" options={options} chosen={String(vertical)} onChoose={(i) => show(Number(i) === plane.x ? vertical : plane.x, Number(i))} />
      </div>
      <div class="held">
        {rest.map((i) => {
          const feature = features[i];
          const at = plane.held[i] ?? 0;
          return (
            feature && (
              <div key={i} class="field">
                <span class="cut" title={feature.name}>
                  {feature.name}
                </span>
                <span class="num">{inUnits(feature, at)}</span>
                <Slider
                  label={`${feature.name}, held`}
                  value={at}
                  min={feature.low}
                  max={feature.high}
                  text={inUnits(feature, at)}
                  onChange={(x) => show(plane.x, vertical, plane.held.map((old, k) => (k === i ? x : old)))}
                />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function inUnits({ mean, scale }: Feature, x: number): string {
  return number(mean + scale * x, 2);
}

/** The shapes of the classes' marks, in the order of marks.ts. */
const GLYPHS = ["●", "◆", "▲", "■", "▼", "⬢"];

function Legend({ setup }: { setup: Setup }) {
  const { classes, task } = setup;
  if (task === "regression") {
    return (
      <div class="caption marks">
        {setup.plane.y === null ? "line: the network" : "colour: the network’s output"}; points: {setup.target}, dashed or hollow when held out
      </div>
    );
  }
  if (classes.length > 2) {
    return (
      <div class="caption marks">
        {classes.map((name, i) => (
          <span key={name} class="row">
            <span aria-hidden="true" style={{ color: `var(--class-${i % GLYPHS.length})` }}>
              {GLYPHS[i % GLYPHS.length]}
            </span>
            {name}
          </span>
        ))}
        <Wrong name="wrong class" fill="var(--surface)" />
      </div>
    );
  }
  const [minus = signed(-1, 0), plus = signed(1, 0)] = classes;
  return (
    <div class="caption marks">
      <Sign name={plus}>
        <circle cx="6" cy="6" r="4.5" fill="var(--pos)" />
      </Sign>
      <Sign name={minus}>
        <path d="M6 .5l5.5 5.5L6 11.5.5 6z" fill="var(--neg)" />
      </Sign>
      <Sign name="held out">
        <circle cx="6" cy="6" r="4" fill="var(--surface)" stroke="var(--pos)" stroke-width="1.75" />
      </Sign>
      <Wrong name="wrong side" fill="var(--pos)" />
    </div>
  );
}

function Wrong({ name, fill }: { name: string; fill: string }) {
  return (
    <Sign name={name} class="not-narrow">
      <circle cx="6" cy="6" r="4" fill={fill} stroke="var(--ink)" stroke-width="2" />
    </Sign>
  );
}

/** A mark as the plane draws it, and what it stands for. */
function Sign({ name, children, ...rest }: { name: string; children: ComponentChildren; class?: string }) {
  return (
    <span class={`row ${rest.class ?? ""}`}>
      <svg width="12" height="12" aria-hidden="true">
        {children}
      </svg>
      {name}
    </span>
  );
}
