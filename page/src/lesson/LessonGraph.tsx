// A lesson's expression: its numbers where Python placed them, with gradients shown or to be filled in.
import { useRef } from "preact/hooks";
import { Button } from "../controls";
import { Icon } from "../Icon";
import { symbol } from "../inside/words";
import type { Box, Graph, Lesson } from "../messages";
import { number, read, signClass, signed } from "../numbers";
import { useSize } from "../useSize";
import type { Attempt, Course } from "./state";

const MARGIN = { narrow: 8, wide: 24 };
const NARROW = 600; // pixels
const [SMALLEST, LARGEST] = [0.55, 2.2]; // pixels for one of Python's units
const SMALL = 0.7; // below it a box has room for two decimals, or for two lines

export function LessonGraph({ course, lesson, graph }: { course: Course; lesson: Lesson; graph: Graph }) {
  const stage = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(stage);
  const margin = width < NARROW ? MARGIN.narrow : MARGIN.wide;
  const across = bounded((width - 2 * margin) / graph.width);
  const up = bounded(Math.min((height - 2 * margin) / graph.height, across * 2));
  const boxes = [...graph.boxes].sort((a, b) => graph.backward.indexOf(a.node) - graph.backward.indexOf(b.node));
  return (
    <div ref={stage} class="lesson-graph">
      <div
        class="lesson-plane"
        style={{ width: `${graph.width * across}px`, height: `${graph.height * up}px`, "--scale": Math.min(across, up) }}
      >
        <svg viewBox={`0 0 ${graph.width} ${graph.height}`} preserveAspectRatio="none" aria-hidden="true">
          {graph.wires.map((wire) => (
            <path key={`${wire.tail} ${wire.reader} ${wire.operand}`} d={curve(wire.points)} {...weight(graph, course, lesson, wire)} />
          ))}
        </svg>
        {boxes.map((box) => (
          <Number key={box.node} course={course} lesson={lesson} graph={graph} box={box} across={across} up={up} />
        ))}
      </div>
    </div>
  );
}

interface NumberProps {
  course: Course;
  lesson: Lesson;
  graph: Graph;
  box: Box;
  across: number;
  up: number;
}

function bounded(scale: number): number {
  return Math.max(SMALLEST, Math.min(LARGEST, scale));
}

function Number({ course, lesson, graph, box, across, up }: NumberProps) {
  const node = graph.nodes[box.node];
  if (!node) return null;
  const last = box.node === graph.backward[0];
  const name = node.short || node.name;
  const place = {
    left: `${box.x * across}px`,
    top: `${box.y * up}px`,
    width: `${box.width * across}px`,
    height: `${box.height * up}px`,
  };
  return (
    <div class={`lesson-number ${node.kind} ${up < SMALL ? "low" : ""}`} style={place}>
      <span class="row">
        {node.op && <i class="op">{symbol(node.op)}</i>}
        {name && <code title={node.name}>{name}</code>}
        <b class="num">{number(node.data, node.kind === "constant" ? 0 : across < SMALL ? 2 : 3)}</b>
      </span>
      {node.kind !== "constant" &&
        (lesson.fill && !last ? (
          <Field course={course} node={box.node} name={name} />
        ) : (
          <span class={`num ${signClass(node.grad)}`}>∂ {signed(node.grad, 4)}</span>
        ))}
    </div>
  );
}

function Field({ course, node, name }: { course: Course; node: number; name: string }) {
  const attempt = course.attempts.value.get(node);
  const state = stateOf(attempt);
  const check = () => {
    const now = course.attempts.value.get(node); // Enter can come before the typing is drawn
    const gradient = read(now?.text ?? "");
    if (gradient !== undefined && !now?.judged) void course.check(node, gradient);
  };
  return (
    <label class={`answer ${state}`}>
      {state === "right" ? <Icon name="check" /> : state === "wrong" ? <Icon name="cross" /> : "∂"}
      <input
        value={attempt?.text ?? ""}
        placeholder="?"
        inputmode="decimal"
        aria-label={`Gradient of ${name}`}
        aria-invalid={state === "wrong"}
        onInput={(event) => course.type(node, event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && check()}
        onBlur={check}
        onFocus={() => state === "wrong" && (course.explained.value = node)}
      />
    </label>
  );
}

function stateOf(attempt: Attempt | undefined): "right" | "wrong" | "open" {
  if (!attempt?.judged) return "open";
  return attempt.judged.right ? "right" : "wrong";
}

/** What is wrong with the last answer, and where to look. */
export function Advice({ course, lesson }: { course: Course; lesson: Lesson }) {
  const node = course.explained.value;
  const judged = node === undefined ? undefined : course.attempts.value.get(node)?.judged;
  const name = node === undefined ? "" : lesson.graph?.nodes[node]?.name;
  return (
    <div class="advice" role="status">
      {judged && !judged.right && (
        <div class="lesson-advice">
          <b class="row wrong">
            <Icon name="cross" /> {name}: {judged.title}
          </b>
          <p>{judged.says}</p>
          <div class="row">
            <Button kind="quiet" onPress={() => (course.explained.value = undefined)} local>
              I see
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}

/** The edge of a wire: as thick as what travels back along it, once the reader may know it. */
function weight(graph: Graph, course: Course, lesson: Lesson, wire: Graph["wires"][number]) {
  const share = graph.nodes[wire.reader]?.shares[wire.operand] ?? 0;
  const known = !lesson.fill || course.attempts.value.get(wire.tail)?.judged?.right;
  if (!known || typeof share !== "number") return { class: "wire" };
  const most = Math.max(...graph.nodes.flatMap((node) => node.shares.map((x) => Math.abs(typeof x === "number" ? x : 0))));
  return { class: `wire ${signClass(share)}`, style: { strokeWidth: `${1 + (4 * Math.abs(share)) / (most || 1)}px` } };
}

function curve(points: [number, number][]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let [x, y] = first;
  let path = `M${x},${y}`;
  for (const [u, v] of rest) {
    const middle = (x + u) / 2;
    path += `C${middle},${y} ${middle},${v} ${u},${v}`;
    [x, y] = [u, v];
  }
  return path;
}
