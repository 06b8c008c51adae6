// A saved file: requests are answered from a record. What was not recorded is refused, with the reason.
import type { Refused, Report, Request } from "../messages";
import { type Arrival, type Host, unpacked } from "../wire";

/** As glassgrad/explore/record.py writes it. */
interface RecordOfAnswers {
  stream: string;
  lengths: number[];
  answers: Record<string, number[]>;
  /** Branch, step and message of each recorded frame, in order. */
  frames: [number, number, number][];
  /** The message of the frame that was at hand. */
  shown: number;
  defaults: Record<string, Record<string, unknown>>;
}

const NO_PYTHON = "This is a saved file, without Python:";

export function recordedHost(text: string): Host {
  const record = JSON.parse(text) as RecordOfAnswers;
  let messages: ArrayBuffer[] = [];
  let at = record.frames.findIndex(([, , message]) => message === record.shown);
  let playing = 0;
  let arrived: (arrival: Arrival) => void = () => {};

  const recorded = (message: number, id: number): Arrival => {
    const { report, buffers } = unpacked(messages[message] ?? new ArrayBuffer(0));
    return { report: "id" in report ? ({ ...report, id } as Report) : report, buffers };
  };
  const frame = (): Arrival => {
    const { report, buffers } = recorded(record.frames[at]?.[2] ?? 0, 0);
    return { report: { ...report, playing: playing > 0 } as Report, buffers };
  };
  const refuse = (id: number, why: string) =>
    arrived({ report: { type: "refused", id, text: `${NO_PYTHON} ${why}` } satisfies Refused, buffers: [] });
  const show = (index: number) => {
    at = Math.max(0, Math.min(record.frames.length - 1, index));
    arrived(frame());
  };
  const pause = () => {
    clearInterval(playing);
    playing = 0;
  };
  const play = (id: number, speed: number) => {
    pause();
    if (at >= record.frames.length - 1) return refuse(id, "training ends where it was recorded.");
    playing = setInterval(() => {
      if (at >= record.frames.length - 2) pause();
      show(at + 1);
    }, 1000 / Math.min(speed || 10, 10));
  };
  const answer = (request: Request) => {
    switch (request.type) {
      case "drawn":
        return;
      case "play":
        return play(request.id, request.speed ?? 0);
      case "pause":
        pause();
        return show(at);
      case "reset":
        return show(0);
      case "step":
      case "epoch":
        return at < record.frames.length - 1
          ? show(at + 1)
          : refuse(request.id, "training ends where it was recorded.");
      case "seek":
        return show(nearest(record.frames, request.step, request.branch ?? record.frames[at]?.[0] ?? 0));
    }
    const known = record.answers[key(request, record.defaults[request.type] ?? {})];
    if (!known) return refuse(request.id, "this was not recorded. Open it with glassgrad to go on from here.");
    for (const message of known) arrived(recorded(message, request.id));
  };

  return {
    send: (request) => queueMicrotask(() => answer(request)),
    listen(heard, state) {
      arrived = heard;
      void inflated(record).then((found) => {
        messages = found;
        state(true, "");
      });
    },
  };
}

/** The recorded frame of a branch that is nearest to a step. */
function nearest(frames: [number, number, number][], step: number, branch: number): number {
  const distance = ([b, s]: [number, number, number]) => Math.abs(s - step) + (b === branch ? 0 : 1e9);
  let best = 0;
  frames.forEach((frame, i) => {
    if (distance(frame) < distance(frames[best] ?? frame)) best = i;
  });
  return best;
}

/** A request as record.py writes it: without its id, with what was left out, names in order. */
function key(request: Request, defaults: Record<string, unknown>): string {
  const said: Record<string, unknown> = { ...defaults, ...request };
  const names = Object.keys(said).filter((name) => name !== "id" && said[name] !== undefined);
  return JSON.stringify(Object.fromEntries(names.sort().map((name) => [name, said[name]])));
}

async function inflated({ stream, lengths }: RecordOfAnswers): Promise<ArrayBuffer[]> {
  const packed = Uint8Array.from(atob(stream), (letter) => letter.charCodeAt(0));
  const unzip = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(unzip).arrayBuffer();
  let from = 0;
  return lengths.map((length) => bytes.slice(from, (from += length)));
}
