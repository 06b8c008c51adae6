// What is said about the last step, the rate, or the code: sections one below the other.
import { useState } from "preact/hooks";
import { Segments } from "../controls";
import type { Explained } from "../messages";
import { count, decimalsThatAdd, number, short, signed } from "../numbers";
import { Rows, Sentence } from "../Said";
import type { Explorer } from "../state";
import { Lie } from "./Lie";
import { Plot } from "./Plot";
import { Waterfall } from "./Waterfall";

export function Explanation({ explorer, explained }: { explorer: Explorer; explained: Explained }) {
  const setup = explorer.setup.value;
  const { samples = [] } = explained;
  const code = explained.about === "code";
  return (
    <>
      {explained.sections.filter(({ chart }) => !chart || explained.about === "step").map(({ title, says = "", numbers = [], columns = [], rows = [], chart, parts = [], total = 0 }, i) => (
        <section key={title} class="section">
          <h2 class={i ? "" : "why-verdict"}>{title}</h2>
          {says && <Sentence says={says} numbers={numbers} figures={4} />}
          {chart && <Plot chart={chart} label={title} />}
          <Rows columns={columns} rows={rows} written={(x, j) => (code ? short(x, 4) : j > (says ? 1 : 0) ? signed(x, 5) : number(x, 5))} />
          {parts.length > 0 && (
            <Waterfall
              code
              parts={parts}
              total={total}
              decimals={decimalsThatAdd(parts.map((part) => part.share), total, 5)}
              onChoose={({ name, sample }) => {
                if (sample >= 0) explorer.send({ type: "set_sample", index: sample });
                else if (name.includes("[")) explorer.place.at.value = name;
              }}
            />
          )}
        </section>
      ))}
      {setup && samples.length > 1 && (
        <Lie
          shares={samples}
          setup={setup}
          says={["lost some of its loss", "gained some"]}
          onChoose={(index) => explorer.send({ type: "set_sample", index })}
        />
      )}
    </>
  );
}

/** The stages of the compiler, one at a time. */
export function Stages({ explained }: { explained: Explained }) {
  const [chosen, choose] = useState("loops");
  const { stages = [] } = explained;
  const stage = stages.find((one) => one.name === chosen);
  if (!stage) return <p class="why-none muted">{explained.sections.length > 0 && "There is no native code to show."}</p>;
  return (
    <>
      <div class="stage-head">
        <Segments local label="Stage" options={stages.map(({ name }) => [name, name === "llvm" ? "LLVM" : name] as const)} chosen={chosen} onChoose={choose} />
        <span class="muted cut">{stage.says}</span>
      </div>
      <div class="source why-code" tabIndex={0} role="region" aria-label={stage.name}>
        {stage.lines.map((line, i) => (
          <span key={i} class={line.startsWith("#") ? "ln on" : "ln"} data-n={i + 1}>
            {line || " "}
          </span>
        ))}
        {stage.more > 0 && <span class="ln muted">… and {count(stage.more)} more lines</span>}
      </div>
    </>
  );
}
