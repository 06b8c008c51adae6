// The table of keys.
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./controls";
import type { Key } from "./keys";

interface Props {
  groups: { title: string; keys: Key[] }[];
  onClose: () => void;
}

export function Help({ groups, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label="Keys" onClose={onClose}>
      <div class="keys">
        {groups.map(({ title, keys }) => (
          <section key={title} class="section">
            <h2>{title}</h2>
            <dl>
              {keys.map((key) => (
                <>
                  <dt>
                    {key.shown.split(" ").map((part, i) => (
                      <>
                        {i > 0 && " "}
                        <kbd>{part}</kbd>
                      </>
                    ))}
                  </dt>
                  <dd>{key.does}</dd>
                </>
              ))}
            </dl>
          </section>
        ))}
        <p class="caption">Keys rest while a field has the focus.</p>
        <Button local onPress={() => dialog.current?.close()}>
          Close
        </Button>
      </div>
    </dialog>
  );
}
