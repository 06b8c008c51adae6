// The bar: what is explored, the views, and what is always at hand.
import { useState } from "preact/hooks";
import { Button } from "./controls";
import { Find } from "./Find";
import { Brand } from "./Icon";
import type { Explorer } from "./state";
import { TakeAway } from "./TakeAway";
import type { View } from "./view";

interface Props {
  explorer: Explorer;
  views: View[];
  chosen: View;
  onHelp: () => void;
}

export function Bar({ explorer, views, chosen, onHelp }: Props) {
  const dark = explorer.theme.isDark;
  const [taking, setTaking] = useState(false);
  return (
    <header class="bar">
      <div class="brand">
        <Brand />
        <span>glassgrad</span>
      </div>
      <div class="document">{explorer.setup.value?.title ?? explorer.expression.value}</div>
      <nav class="tabs" aria-label="Views">
        {views.map((view) => (
          <a
            key={view.name}
            href={`#view=${view.name}`}
            aria-current={view === chosen ? "page" : undefined}
            onClick={(event) => {
              event.preventDefault();
              explorer.place.view.value = view.name;
            }}
          >
            {view.title}
          </a>
        ))}
      </nav>
      <div class="tools">
        <Find explorer={explorer} />
        <Button kind="quiet" icon="save" label="Take it away" onPress={() => setTaking(true)} />
        <Button
          local
          kind="quiet"
          icon={dark ? "sun" : "moon"}
          label={dark ? "Light" : "Dark"}
          onPress={() => explorer.theme.turn()}
        />
        <Button local kind="quiet" icon="help" label="Keys" onPress={onHelp} />
      </div>
      {taking && <TakeAway explorer={explorer} onClose={() => setTaking(false)} />}
    </header>
  );
}
