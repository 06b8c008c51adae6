// Numbers that were pinned: they stay in sight whatever is at hand.
import { Button } from "../controls";
import { number, signClass, signed } from "../numbers";
import type { Inside, Known } from "./state";

export function Pins({ inside, known }: { inside: Inside; known: Known }) {
  const pinned = inside.pinned.value;
  if (!pinned.length) return null;
  return (
    <section class="section">
      <h2>Pinned</h2>
      <table class="sums">
        <tbody>
          {pinned.map((name) => {
            const index = known.graph.nodes.findIndex((node) => node.name === name);
            const node = known.graph.nodes[index];
            return (
              <tr key={name}>
                <td>
                  <button type="button" class="node-link" onClick={() => index >= 0 && inside.select(index)}>
                    <code>{name}</code>
                  </button>
                </td>
                <td>{node ? number(node.data, 4, { plus: true }) : "not here"}</td>
                <td class={node ? signClass(node.grad) : ""}>{node && `∂ ${signed(node.grad, 4)}`}</td>
                <td class="tight">
                  <Button local kind="quiet" icon="cross" label={`Unpin ${name}`} onPress={() => inside.pin(name)} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
