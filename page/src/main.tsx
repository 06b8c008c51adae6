// The one module: a page of its own mounts itself, a notebook calls `render`.
import { render as draw } from "preact";
import { App } from "./App";
import { type Model, notebookHost } from "./hosts/notebook";
import { recordedHost } from "./hosts/recorded";
import { socketHost } from "./hosts/socket";
import { followAddress } from "./place";
import { Explorer } from "./state";
import type { Host } from "./wire";
import "./styles/tokens.css";
import "./styles/explorer.css";
import "./styles/controls.css";
import "./styles/inside.css";
import "./styles/why.css";
import "./styles/compare.css";
import "./styles/network.css";
import "./styles/train.css";
import "./styles/lesson.css";

/** Draws the explorer into an element; `whole`: the page is its own, with the address and all keys. */
function open(element: HTMLElement, host: Host, whole = false): () => void {
  const explorer = new Explorer(host);
  const unfollow = whole ? followAddress(explorer.place) : undefined;
  element.classList.add("glassgrad");
  draw(<App explorer={explorer} whole={whole} />, element);
  return () => {
    unfollow?.();
    draw(null, element);
  };
}

const page = document.getElementById("glassgrad-explorer");
if (page?.dataset["host"] === "socket") open(page, socketHost(), true);
if (page?.dataset["host"] === "recorded") {
  open(page, recordedHost(document.getElementById("glassgrad-record")?.textContent ?? ""), true);
}

/** What anywidget calls for each view of a widget; what is returned is called when the view goes. */
export default {
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    const host = notebookHost(model);
    el.classList.add("glassgrad-cell");
    const close = open(el, host);
    return () => {
      close();
      host.leave();
    };
  },
};
