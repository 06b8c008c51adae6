// The frame: bar with the views, the view that is chosen, what went wrong.
import type { ComponentType } from "preact";
import type { Explorer } from "./state";
import { Train } from "./views/Train";

interface View {
  name: string;
  title: string;
  body: ComponentType<{ explorer: Explorer }>;
}

const VIEWS: View[] = [{ name: "train", title: "Train", body: Train }];

export function App({ explorer }: { explorer: Explorer }) {
  const chosen = VIEWS.find((view) => view.name === explorer.view.value) ?? VIEWS[0];
  if (!chosen) return null;
  const Body = chosen.body;
  return (
    <>
      <header class="bar">
        <strong>glassgrad</strong>
        <span class="muted">{explorer.setup.value?.title}</span>
        <nav class="tabs">
          {VIEWS.map((view) => (
            <a
              key={view.name}
              href={`#view=${view.name}`}
              aria-current={view === chosen ? "page" : undefined}
            >
              {view.title}
            </a>
          ))}
        </nav>
      </header>
      <Body explorer={explorer} />
      {explorer.trouble.value && <p role="alert">{explorer.trouble.value}</p>}
    </>
  );
}
