// Lessons: text on the left, its live numbers on the right.
import { Button } from "../controls";
import { LessonChart, LessonTable } from "../lesson/Figures";
import { Advice, LessonGraph } from "../lesson/LessonGraph";
import { courseOf } from "../lesson/state";
import { Text } from "../lesson/Text";
import type { View, ViewProps } from "../view";

function Stage({ explorer }: ViewProps) {
  const course = courseOf(explorer);
  const lesson = course.lesson.value;
  if (!lesson) return <section class="stage" aria-label="The lesson" />;
  const number = course.index + 1;
  const next = course.heads.value[number];
  return (
    <section class="stage lesson" aria-label="The lesson">
      <article class="lesson-text" tabIndex={0}>
        <span class="caption">
          Lesson {number} of {course.heads.value.length}
        </span>
        <h1>{lesson.title}</h1>
        <Text course={course} lesson={lesson} />
        <div class="row">
          {next && (
            <Button
              kind="primary"
              onPress={() => {
                course.finish();
                course.open(next.name);
              }}
            >
              Next: {next.short}
            </Button>
          )}
          <Button kind="quiet" onPress={() => course.open(lesson.name)}>
            Start again
          </Button>
        </div>
      </article>
      <div class="lesson-live">
        {lesson.fill && (
          <div class="stage-head">
            <b>Fill in each gradient</b>
            <span class="muted not-narrow">Enter checks, Tab goes on in backward order</span>
            <span class="grow" />
            <span class="muted num">
              {course.right} of {course.toFill} right
            </span>
          </div>
        )}
        {lesson.graph && <LessonGraph course={course} lesson={lesson} graph={lesson.graph} />}
        {lesson.fill && <Advice course={course} lesson={lesson} />}
        {lesson.chart.length > 0 && <LessonChart lesson={lesson} />}
        {lesson.rows.length > 0 && <LessonTable lesson={lesson} />}
      </div>
    </section>
  );
}

function Transport({ explorer }: ViewProps) {
  const course = courseOf(explorer);
  const { index } = course;
  const heads = course.heads.value;
  const go = (by: number) => {
    const head = heads[index + by];
    if (head) course.open(head.name);
  };
  if (!heads.length) return null;
  return (
    <>
      <Button kind="quiet" icon="back" label="Lesson before" notNow={index <= 0 ? "This is the first." : ""} onPress={() => go(-1)} />
      <Button
        kind="quiet"
        icon="forward"
        label="Next lesson"
        notNow={index >= heads.length - 1 ? "This is the last." : ""}
        onPress={() => go(1)}
      />
      <span class="num lesson-clock">
        <b>Lesson {index + 1}</b> <span class="muted">of {heads.length}</span>
        <br />
        <small class="muted">about {heads[index]?.minutes ?? 0} minutes</small>
      </span>
      <ol class="lesson-bars">
        {heads.map((head, i) => (
          <li key={head.name}>
            <button type="button" aria-current={i === index ? "step" : undefined} onClick={() => course.open(head.name)}>
              <span>
                {i + 1} {head.short}
              </span>
              <progress value={course.done(head.name)} aria-label={`${head.short}, done`} />
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

export const lesson: View = { name: "lesson", title: "Lessons", stage: Stage, transport: Transport };
