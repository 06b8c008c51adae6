// A notebook: messages travel beside the cells' own, each view of a widget under its own number.
import type { Request } from "../messages";
import { type Arrival, type Host, unpacked } from "../wire";

/** What anywidget gives of a widget's model, as far as it is used here. */
export interface Model {
  send(content: { view: number; request?: string }): void;
  on(event: "msg:custom", heard: Heard): void;
  off(event: "msg:custom", heard: Heard): void;
}

type Heard = (content: { view?: number }, buffers: DataView[]) => void;

interface NotebookHost extends Host {
  /** Tells Python that this view has gone. */
  leave(): void;
}

export function notebookHost(model: Model): NotebookHost {
  const view = Math.floor(Math.random() * 2 ** 32);
  let heard: Heard | undefined;
  let tell: (connected: boolean, why: string) => void = () => {};
  return {
    send(request: Request) {
      try {
        model.send({ view, request: JSON.stringify(request) });
      } catch {
        tell(false, "The notebook's kernel has stopped. Run the cell again to go on.");
      }
    },
    listen(arrived: (arrival: Arrival) => void, state: (connected: boolean, why: string) => void) {
      heard = (content, [part]) => {
        if (content.view === view && part) arrived(unpacked(bytesOf(part)));
      };
      tell = state;
      model.on("msg:custom", heard);
      state(true, "");
    },
    leave() {
      if (heard) model.off("msg:custom", heard);
      model.send({ view });
    },
  };
}

function bytesOf(part: DataView): ArrayBuffer {
  return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
}
