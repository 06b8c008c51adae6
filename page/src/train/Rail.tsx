// The settings of a run: data, training, first weights.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button, Field, NumberField, Select, useCalm } from "../controls";
import type { Configuration, Setup } from "../messages";
import { layersOf } from "../network/shape";
import { count, number } from "../numbers";
import type { Explorer } from "../state";
import type { ViewProps } from "../view";
import { Asks } from "./Asks";
import { DataPicture, isPictured } from "./pictures";

const TITLES: Record<string, string> = {
  cross_entropy: "Cross-entropy",
  squared: "Squared error",
  hinge: "Hinge",
  sgd: "SGD",
  adam: "Adam",
  adamw: "AdamW",
  rmsprop: "RMSprop",
};

export const titled = (name: string) => TITLES[name] ?? name;
const options = (names: string[]) => names.map((name) => [name, titled(name)] as const);

export function Rail({ explorer }: ViewProps) {
  const setup = explorer.setup.value;
  const configure = useCalm((changed: Partial<Configuration>) => explorer.configure(changed), 120);
  if (!setup) return <Bones />;
  const parts = { explorer, setup, configure };
  return (
    <>
      <Data {...parts} />
      <Descent {...parts} />
      <Health explorer={explorer} />
      <FirstWeights {...parts} />
    </>
  );
}

interface Parts {
  explorer: Explorer;
  setup: Setup;
  configure: (changed: Partial<Configuration>) => void;
}

function Data({ explorer, setup, configure }: Parts) {
  const { configuration, choices } = setup;
  const file = useRef<HTMLInputElement>(null);
  const table = useRef<{ name: string; text: string } | undefined>(undefined);
  const columns = [...setup.features.map((feature) => feature.name), setup.target];
  const toy = TOYS.has(configuration.data);
  const upload = async () => {
    const chosen = file.current?.files?.[0];
    if (!chosen) return;
    table.current = { name: chosen.name, text: await chosen.text() };
    if (file.current) file.current.value = "";
    explorer.send({ type: "upload", ...table.current });
  };
  return (
    <section class="section" aria-label="Data">
      <h2>Data</h2>
      <div class="datasets" role="group" aria-label="Data set" style={{ "--columns": across(choices.data.length) }}>
        {choices.data.map((name) => (
          <button
            key={name}
            type="button"
            class="dataset"
            aria-pressed={name === configuration.data}
            aria-label={name}
            aria-disabled={explorer.notNow.value !== "" || undefined}
            title={explorer.notNow.value || name}
            onClick={() => !explorer.notNow.value && configure({ data: name })}
          >
            <DataPicture name={name} />
          </button>
        ))}
      </div>
      <div class="pair">
        <Button label="Explore a table of your own, CSV or TSV" onPress={() => file.current?.click()}>
          CSV…
        </Button>
        <Button
          label="Add points by a click on the plane"
          pressed={explorer.tool.value === "add"}
          onPress={() => (explorer.tool.value = explorer.tool.value === "add" ? "choose" : "add")}
        >
          Add points
        </Button>
        <input ref={file} type="file" accept=".csv,.tsv,.txt" class="unseen" aria-label="A table as CSV" tabIndex={-1} onChange={() => void upload()} />
      </div>
      {table.current && !isPictured(configuration.data) && (
        <div class="field">
          <span>Predict</span>
          <Select
            bare
            label="The column to predict"
            options={columns.map((name) => [name, name] as const)}
            chosen={setup.target}
            onChoose={(target) => table.current && explorer.send({ type: "upload", ...table.current, target })}
          />
        </div>
      )}
      {toy && (
        <>
          <Field label="Points" value={configuration.size} min={20} max={1000} step={10} decimals={0} onChange={(size) => configure({ size: Math.round(size) })} />
          <Field label="Noise" value={configuration.noise} min={0} max={0.5} step={0.01} onChange={(noise) => configure({ noise })} />
        </>
      )}
      <Field
        label="Held out"
        value={100 * configuration.held_out}
        min={0}
        max={90}
        step={5}
        decimals={0}
        unit="%"
        onChange={(percent) => configure({ held_out: percent / 100 })}
      />
      {setup.note && <p class="caption">{setup.note}</p>}
    </section>
  );
}

/** One row of up to six pictures, else two. */
function across(pictures: number): number {
  return pictures <= 6 ? pictures : Math.ceil(pictures / 2);
}

/** The data sets that have a size and a noise. */
const TOYS = new Set(["moons", "circles", "xor", "spirals", "blobs"]);

const RATES = { least: -4, most: 1 }; // powers of ten

function Descent({ explorer, setup, configure }: Parts) {
  const { configuration, choices } = setup;
  const penalties = ["l1", "l2"] as const;
  return (
    <section class="section" aria-label="Training">
      <h2>Training</h2>
      <Select label="Loss" options={options(choices.losses)} chosen={configuration.loss} onChoose={(loss) => configure({ loss })} />
      <Select label="Optimiser" options={options(choices.optimisers)} chosen={configuration.optimiser} onChoose={(optimiser) => configure({ optimiser })} />
      <LogField label="Rate" more={<Asks explorer={explorer} about="rate">right?</Asks>} value={configuration.rate} least={RATES.least} most={RATES.most} onChange={(rate) => configure({ rate })} />
      <Field
        label="Batch"
        value={configuration.batch_size}
        min={1}
        max={Math.max(64, configuration.batch_size)}
        step={1}
        decimals={0}
        onChange={(n) => configure({ batch_size: Math.max(1, Math.round(n)) })}
      />
      {penalties.map((name) => (
        <Field
          key={name}
          label={name.toUpperCase()}
          value={configuration[name]}
          min={0}
          max={0.1}
          step={0.001}
          decimals={3}
          onChange={(amount) => configure({ [name]: amount })}
        />
      ))}
      <label class="tick not-narrow">
        <input
          type="checkbox"
          checked={configuration.zero_grad}
          onChange={(event) => configure({ zero_grad: event.currentTarget.checked })}
        />
        <span>
          <code>zero_grad()</code> before each step
        </span>
      </label>
    </section>
  );
}

interface LogProps {
  label: string;
  more: ComponentChildren;
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
}

/** A field whose slider runs over powers of ten, two figures exact. */
function LogField({ label, more, value, least, most, onChange }: LogProps) {
  const at = Math.max(least, Math.log10(Math.max(value, 10 ** least)));
  const figures = value >= 0.1 ? 2 : Math.min(5, Math.ceil(-Math.log10(Math.max(value, 1e-5))) + 1);
  return (
    <Field
      label={label}
      more={more}
      value={value}
      min={0}
      max={10 ** most}
      step={value >= 0.1 ? 0.01 : 0.001}
      decimals={figures}
      scale={{ at, least, most, back: (power) => Number((10 ** power).toPrecision(2)) }}
      onChange={onChange}
    />
  );
}

function Health({ explorer }: { explorer: Explorer }) {
  const frame = explorer.frame.value?.report;
  if (!frame) return null;
  const { findings } = frame;
  const wrong = (kind: string) => findings.filter((finding) => finding.kind === kind).length;
  const neurons = frame.values.count;
  return (
    <section class="section only-roomy" aria-label="Health">
      <h2>Health</h2>
      {(["dead", "saturated"] as const).map((kind) => (
        <div key={kind} class="field">
          <span class="muted">{kind === "dead" ? "Dead neurons" : "Saturated neurons"}</span>
          <span class={`num ${wrong(kind) ? "wrong" : ""}`}>
            {wrong(kind)} of {neurons}
          </span>
        </div>
      ))}
    </section>
  );
}

function FirstWeights({ setup, configure }: Parts) {
  const { seed } = setup.configuration;
  const each = layersOf(setup).map(({ size, inputs }) => size * (inputs + 1));
  const few = each.length > 1 && each.length < 5;
  return (
    <section class="section last" aria-label="First weights">
      <div class="field">
        <span class="muted">Parameters</span>
        <span class="num sum">
          {few && `${each.join(" + ")} `}
          <span class="num">{few && "= "}{count(setup.parameters.length)}</span>
        </span>
      </div>
      <div class="field">
        <span class="muted">First weights: seed</span>
        <NumberField label="Seed of the first weights" value={seed} decimals={0} min={0} max={2 ** 32 - 1} step={1} onChange={(next) => configure({ seed: Math.round(next) })} />
      </div>
      <Button onPress={() => configure({ seed: seed + 1 })} label={`New weights, seed ${number(seed + 1, 0)}`}>
        New weights
      </Button>
    </section>
  );
}

function Bones() {
  return (
    <>
      {[40, 90, 70, 80, 60].map((wide) => (
        <div key={wide} class="bone" style={{ height: "18px", width: `${wide}%` }} />
      ))}
    </>
  );
}
