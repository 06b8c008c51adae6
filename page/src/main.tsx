// The one module: a page of its own mounts itself, a notebook calls `render`.
import { render as draw } from "preact";
import { App } from "./App";
import { socketHost } from "./hosts/socket";
import { Explorer } from "./state";
import type { Host } from "./wire";
import "./styles/tokens.css";
import "./styles/explorer.css";

export function open(element: HTMLElement, host: Host): () => void {
  element.classList.add("glassgrad");
  draw(<App explorer={new Explorer(host)} />, element);
  return () => draw(null, element);
}

const page = document.getElementById("glassgrad-explorer");
if (page?.dataset["host"] === "socket") open(page, socketHost());
