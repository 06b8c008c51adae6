// The notices, and the line that only screen readers read.
import { Button } from "./controls";
import { Icon } from "./Icon";
import type { Explorer } from "./state";

export function NoticeList({ explorer }: { explorer: Explorer }) {
  const { notices } = explorer;
  return (
    <>
      <div class="unseen" aria-live="polite">
        {notices.spoken.value}
      </div>
      <div class="notices">
        <div role="status">{explorer.notNow.value && <Lost text={explorer.notNow.value} />}</div>
        {notices.shown.value.map(({ id, text, bad, way }) => (
          <div key={id} class={bad ? "notice bad" : "notice"} role={bad ? "alert" : "status"}>
            {bad && <Icon name="cross" />}
            <p>{text}</p>
            {way && (
              <Button
                local
                onPress={() => {
                  notices.dismiss(id);
                  way.run();
                }}
              >
                {way.title}
              </Button>
            )}
            <Button local kind="quiet" icon="cross" label="Close" onPress={() => notices.dismiss(id)} />
          </div>
        ))}
      </div>
    </>
  );
}

function Lost({ text }: { text: string }) {
  return (
    <div class="notice">
      <p>{text}</p>
    </div>
  );
}
