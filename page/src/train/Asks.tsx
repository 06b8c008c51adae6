// A question about the run, which leads to its answer in Why.
import type { ComponentChildren } from "preact";
import type { Explain } from "../messages";
import type { Explorer } from "../state";

export function Asks({ explorer, about, children }: { explorer: Explorer; about: Explain["about"]; children: ComponentChildren }) {
  const ask = () => {
    explorer.place.about.value = about;
    explorer.place.view.value = "why";
  };
  return (
    <button type="button" class="link asks" onClick={ask}>
      {children}
    </button>
  );
}
