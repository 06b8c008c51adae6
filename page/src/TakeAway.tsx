// What one can take along: asked of Python, saved by the browser.
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./controls";
import type { Taken, TakeAway as Asked } from "./messages";
import type { Explorer } from "./state";

const FILES: [Asked["what"], string, string][] = [
  ["code", "Python", "rebuilds the network with these very weights, and trains on"],
  ["weights", "Weights", "the model file, for glassgrad predict and load_model"],
  ["svg", "Picture, SVG", "the network with its numbers, sharp at any size"],
  ["png", "Picture, PNG", "the same in pixels"],
  ["log", "Training log", "step and losses as a CSV table"],
];

export function TakeAway({ explorer, onClose }: { explorer: Explorer; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const save = async (what: Asked["what"]) => {
    try {
      const { report, buffers } = await explorer.ask<Taken>({ type: "take_away", what });
      download(new Blob(buffers, { type: report.media }), report.name);
    } catch (error) {
      explorer.notices.add((error as Error).message);
    }
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} aria-label="Take it away" onClose={onClose}>
      <div class="keys">
        <h2>Take it away</h2>
        <dl class="files">
          {FILES.map(([what, title, says]) => (
            <>
              <dt>
                <Button onPress={() => void save(what)}>{title}</Button>
              </dt>
              <dd class="muted">{says}</dd>
            </>
          ))}
        </dl>
        <Button local kind="quiet" onPress={() => dialog.current?.close()}>
          Close
        </Button>
      </div>
    </dialog>
  );
}

function download(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
