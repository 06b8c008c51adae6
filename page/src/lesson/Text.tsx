// A lesson's text: Markdown's emphasis and code, live numbers, and numbers that can be changed.
import { NumberField } from "../controls";
import type { Lesson } from "../messages";
import { exact, number, type Real } from "../numbers";
import type { Course } from "./state";

const PARTS = /(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*|\{=?\d+\})/;

export function Text({ course, lesson }: { course: Course; lesson: Lesson }) {
  return (
    <>
      {lesson.paragraphs.map((paragraph, i) => (
        <p key={i}>{paragraph.split(PARTS).map((part) => shown(part, course, lesson))}</p>
      ))}
    </>
  );
}

function shown(part: string, course: Course, lesson: Lesson) {
  const inner = /^\{(=?)(\d+)\}$/.exec(part);
  if (inner) {
    const place = Number(inner[2]);
    return inner[1] ? <Changed course={course} lesson={lesson} place={place} /> : <Live x={lesson.numbers[place] ?? "nan"} />;
  }
  if (part.startsWith("`")) return <code>{part.slice(1, -1)}</code>;
  if (part.startsWith("**")) return <b>{part.slice(2, -2)}</b>;
  if (part.startsWith("*") && part.length > 2) return <i>{part.slice(1, -1)}</i>;
  return part;
}

function Live({ x }: { x: Real }) {
  return (
    <span class="live" title={exact(x)}>
      {number(x, Number.isInteger(x) ? 0 : 4)}
    </span>
  );
}

function Changed({ course, lesson, place }: { course: Course; lesson: Lesson; place: number }) {
  const argument = lesson.arguments[place];
  if (!argument) return null;
  const { name, value, low, high, step } = argument;
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  return (
    <NumberField
      label={name}
      value={value}
      decimals={decimals}
      step={step}
      min={low}
      max={high}
      onChange={(x) => course.give(place, x)}
    />
  );
}
