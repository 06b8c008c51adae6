// The frame: bar, view, transport; keys, notices, and which size fits.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Bar } from "./Bar";
import { paletteOf } from "./colours";
import { NotNow } from "./controls";
import { Help } from "./Help";
import { type Key, pressed } from "./keys";
import { NoticeList } from "./NoticeList";
import type { Explorer, Tier } from "./state";
import type { View } from "./view";
import { compare } from "./views/Compare";
import { inside } from "./views/Inside";
import { lesson } from "./views/Lesson";
import { train } from "./views/Train";
import { why } from "./views/Why";

const ALL: View[] = [train, inside, why, lesson, compare];

export function App({ explorer, whole }: { explorer: Explorer; whole: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const [help, setHelp] = useState(false);
  const views = explorer.expression.value ? ALL.filter((one) => one.ofExpressions) : ALL;
  const view = views.find((one) => one.name === explorer.place.view.value) ?? views[0] ?? train;
  const general = generalKeys(explorer, views, () => setHelp(true));
  const own = view.keys?.(explorer) ?? [];
  const dark = explorer.theme.isDark;
  useTier(frame, explorer);
  useLayoutEffect(() => {
    if (frame.current) explorer.palette.value = paletteOf(frame.current);
  }, [dark]);
  useKeys(frame, whole, [...own, ...general]);
  const { rail: Rail, stage: Stage, side: Side, transport: Transport } = view;
  return (
    <NotNow.Provider value={explorer.notNow.value}>
      <div
        ref={frame}
        class="frame"
        data-theme={explorer.theme.chosen.value || undefined}
        aria-busy={explorer.isWaiting.value}
        tabIndex={whole ? undefined : -1}
        aria-label={whole ? undefined : "glassgrad"}
      >
        <Bar explorer={explorer} views={views} chosen={view} onHelp={() => setHelp(true)} />
        <main class={`view view-${view.name}`} aria-label={view.title}>
          {Rail && (
            <aside class="rail" aria-label="Settings">
              <Rail explorer={explorer} />
            </aside>
          )}
          <Stage explorer={explorer} />
          {Side && (
            <aside class="side" aria-label="Results">
              <Side explorer={explorer} />
            </aside>
          )}
        </main>
        {Transport && (
          <footer class="transport" aria-label="Time">
            <Transport explorer={explorer} />
          </footer>
        )}
        <NoticeList explorer={explorer} />
        {help && (
          <Help
            groups={[
              { title: view.title, keys: own },
              { title: "Everywhere", keys: general },
            ]}
            onClose={() => setHelp(false)}
          />
        )}
      </div>
    </NotNow.Provider>
  );
}

function generalKeys(explorer: Explorer, views: View[], help: () => void): Key[] {
  return [
    {
      keys: views.map((_, i) => String(i + 1)),
      shown: `1 to ${views.length}`,
      does: "views",
      run: (key) => (explorer.place.view.value = views[Number(key) - 1]?.name ?? train.name),
    },
    { keys: ["/"], shown: "/", does: "find any number", run: () => explorer.finding.value++ },
    { keys: ["Escape"], shown: "Escape", does: "nothing chosen", run: () => (explorer.place.at.value = "") },
    { keys: ["?"], shown: "?", does: "these keys", run: help },
  ];
}

/** Keeps `explorer.tier` what the style sheet says that fits. */
function useTier(frame: { current: HTMLDivElement | null }, explorer: Explorer): void {
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const read = () => {
      const named = getComputedStyle(element).getPropertyValue("--tier").trim();
      if (named) explorer.tier.value = named as Tier;
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
}

/** On a page of its own keys work everywhere; in a notebook inside the explorer only. */
function useKeys(frame: { current: HTMLDivElement | null }, whole: boolean, table: Key[]): void {
  const current = useRef(table);
  current.current = table;
  useLayoutEffect(() => {
    const target: EventTarget | null = whole ? document : frame.current;
    let clicked: Element | undefined;
    const listen = (event: Event) => void pressed(event as KeyboardEvent, current.current, clicked);
    const note = (event: Event) => (clicked = event.target as Element);
    target?.addEventListener("keydown", listen);
    target?.addEventListener("pointerdown", note);
    return () => {
      target?.removeEventListener("keydown", listen);
      target?.removeEventListener("pointerdown", note);
    };
  }, [whole]);
}
