// The plane as each branch sees it, and what is different.
import { useLayoutEffect, useRef } from "preact/hooks";
import { HeatMap, largest } from "../HeatMap";
import type { Setup } from "../messages";
import { number, percent, value } from "../numbers";
import type { Explorer } from "../state";
import { contour } from "../train/contour";
import { paintPlane } from "../train/paintPlane";
import { scored } from "../train/Side";
import { fitted, useSize } from "../useSize";
import type { Both } from "./state";

interface Props {
  explorer: Explorer;
  setup: Setup;
  both: Both;
}

export function Planes({ explorer, setup, both }: Props) {
  const otherwise = value(both.report.otherwise);
  const most = largest(both.difference);
  return (
    <section class="planes" aria-label="Planes">
      {(["original", "changed"] as const).map((which) => (
        <figure key={which} class={which}>
          <div class="section-head">
            <h2>
              <i class="key" /> {which}
            </h2>
            <span class="caption num">{scored(setup, both[which].training)}</span>
          </div>
          <Plane explorer={explorer} setup={setup} both={both} which={which} />
        </figure>
      ))}
      <figure>
        <div class="section-head">
          <h2>difference</h2>
          <span class="caption num">{Number.isNaN(otherwise) ? `up to ${number(most, 2)}` : `${percent(otherwise)} otherwise`}</span>
        </div>
        <div class="plane">
          <HeatMap
            values={both.difference}
            width={both.report.difference.width}
            height={both.report.difference.height}
            palette={explorer.palette.value}
            label={`The output of the changed branch minus that of the original, at most ${number(most, 2)}`}
          />
          {setup.task === "binary" && setup.plane.y !== null && <Lines explorer={explorer} both={both} />}
        </div>
      </figure>
    </section>
  );
}

function Plane({ explorer, setup, both, which }: Props & { which: "original" | "changed" }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const { maps, boundary, wrong, inputs, targets, parts } = both[which];
  useLayoutEffect(() => {
    const context = canvas.current && size.width > 0 && fitted(canvas.current, size);
    const palette = explorer.palette.value;
    const index = explorer.place.sample.value;
    if (!context || !palette) return;
    const picture = { boundary: maps, wrong, frame: { boundary, sample: { index } } };
    paintPlane(context, { setup: { ...setup, inputs, targets, parts }, shot: picture, palette, size });
  });
  return (
    <div ref={box} class="plane">
      <canvas ref={canvas} role="img" aria-label={`Plane of the ${which} branch, ${scored(setup, both[which].training)}`} />
    </div>
  );
}

/** Where each branch changes its mind. */
function Lines({ explorer, both }: Omit<Props, "setup">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(canvas);
  useLayoutEffect(() => {
    const context = canvas.current && size.width > 0 && fitted(canvas.current, size);
    const palette = explorer.palette.value;
    if (!context || !palette) return;
    for (const [which, token] of [["original", "--ink"], ["changed", "--accent"]] as const) {
      const { maps, boundary: { width, height } } = both[which];
      const place = {
        x: (column: number) => ((column + 0.5) / width) * size.width,
        y: (row: number) => ((row + 0.5) / height) * size.height,
      };
      context.beginPath();
      if (maps[0]) contour(context, maps[0], [width, height], 0, place);
      context.strokeStyle = palette.colour(token);
      context.lineWidth = 2;
      context.stroke();
    }
  });
  return <canvas ref={canvas} aria-hidden="true" />;
}
