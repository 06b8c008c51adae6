// The head of a layer's column: its name, how many neurons, which activation.
import { useContext } from "preact/hooks";
import { NotNow, Select } from "../controls";
import { Icon, iconOf } from "../Icon";
import type { Setup } from "../messages";
import type { Explorer } from "../state";

interface Props {
  explorer: Explorer;
  setup: Setup;
  layer: number;
  /** Words only, on a small screen. */
  brief: boolean;
  fixed: boolean;
  /** The kind of what is wrong with it. */
  finding: string | undefined;
}

const MOST_NEURONS = 128;

export function LayerHead({ explorer, setup, layer, brief, fixed, finding }: Props) {
  const notNow = useContext(NotNow);
  const size = setup.sizes[layer + 1] ?? 0;
  const activation = setup.activations[layer] ?? "linear";
  const output = layer === setup.sizes.length - 2;
  if (brief) return <code>{output ? "out" : `${size} ${activation}`}</code>;
  const resize = (by: number) => {
    const hidden = explorer.configuration?.hidden.map((n, i) => (i === layer ? n + by : n));
    const neurons = hidden?.[layer] ?? 0;
    if (!notNow && hidden && neurons >= 1 && neurons <= MOST_NEURONS) explorer.configure({ hidden });
  };
  const activate = (name: string) => {
    const activations = explorer.configuration?.activations.map((one, i) => (i === layer ? name : one));
    if (activations) explorer.configure({ activations });
  };
  return (
    <>
      <span class={finding ? "row wrong" : "row"} title={finding}>
        <code>layers[{layer}]</code>
        {finding && <Icon name={iconOf(finding)} />} {!fixed && finding}
      </span>
      <span class="row">
        {output || fixed ? (
          <span class="num">{size}</span>
        ) : (
          <>
            <button type="button" class="stepper" aria-label={`One neuron less in layers[${layer}]`} title={notNow || undefined} aria-disabled={size <= 1 || notNow !== ""} onClick={() => resize(-1)}>
              −
            </button>
            <span class="num">{size}</span>
            <button type="button" class="stepper" aria-label={`One neuron more in layers[${layer}]`} title={notNow || undefined} aria-disabled={size >= MOST_NEURONS || notNow !== ""} onClick={() => resize(1)}>
              +
            </button>
          </>
        )}
        {fixed ? (
          <span>{activation}</span>
        ) : (
          <Select
            bare
            label={`Activation of layers[${layer}]`}
            options={setup.choices.activations.map((name) => [name, name] as const)}
            chosen={activation}
            onChoose={activate}
          />
        )}
      </span>
    </>
  );
}
