// Icons: drawn on 16 pixels with strokes of 1.5.
const PATHS = {
  play: <path d="M5 2.8v10.4a.6.6 0 0 0 .92.5l8-5.2a.6.6 0 0 0 0-1l-8-5.2A.6.6 0 0 0 5 2.8z" fill="currentColor" stroke="none" />,
  pause: <path d="M5 3v10M11 3v10" stroke-width="2.5" />,
  forward: <path d="M4 3.5 10 8l-6 4.5zM12.5 3.5v9" fill="currentColor" />,
  back: <path d="M12 3.5 6 8l6 4.5zM3.5 3.5v9" fill="currentColor" />,
  epoch: <path d="M2 3.5 7.5 8 2 12.5zM8 3.5 13.5 8 8 12.5z" fill="currentColor" />,
  reset: <path d="M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5.5h3" />,
  chevron: <path d="m4 6 4 4 4-4" />,
  left: <path d="m10 4-4 4 4 4" />,
  right: <path d="m6 4 4 4-4 4" />,
  plus: <path d="M8 3.5v9M3.5 8h9" />,
  minus: <path d="M3.5 8h9" />,
  search: <path d="M11.25 7a4.25 4.25 0 1 1-8.5 0 4.25 4.25 0 0 1 8.5 0zM10.2 10.2l3.3 3.3" />,
  moon: <path d="M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6z" />,
  sun: <path d="M10.8 8a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1" />,
  save: <path d="M8 2v8M4.8 7 8 10.2 11.2 7M2.5 11v2.5h11V11" />,
  help: <path d="M5.8 5.9a2.3 2.3 0 1 1 3.4 2c-.8.5-1.2.9-1.2 1.8M8 12.4v.2" />,
  dead: <><path d="M2 11h6.5" /><path d="M8.5 11 13 5" stroke-dasharray="1.5 2.5" /></>,
  saturated: <path d="M1.5 12h3c3 0 2-8 5-8h5" />,
  exploding: <path d="M2 13c4 0 6-2 7.5-9M6.8 5.8 9.6 3l2.4 3.2" />,
  vanishing: <path d="M2 4c3 0 3 7 6 7h6" />,
  rate: <path d="M1.5 9 4 6.5 7 12l3-10 4.5 9" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" stroke-width="2" />,
  cross: <path d="m4 4 8 8M12 4l-8 8" stroke-width="2" />,
  pin: <path d="M6 2.5h4l-.6 4 2.1 2.5h-7L6.6 6.5zM8 9v4.5" />,
};

export type IconName = keyof typeof PATHS;

/** The icon of a kind of finding: its own, or the one for whatever is wrong. */
export function iconOf(kind: string): IconName {
  return kind in PATHS ? (kind as IconName) : "cross";
}

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {PATHS[name]}
    </svg>
  );
}

/** Two panes of glass with a slope between them. */
export function Brand() {
  return (
    <svg viewBox="0 0 22 22" aria-hidden="true">
      <rect x="1" y="5" width="14" height="16" rx="2.5" fill="var(--accent)" opacity=".28" />
      <rect x="7" y="1" width="14" height="16" rx="2.5" fill="var(--accent)" opacity=".55" />
      <path d="M4 16.5 17.5 5" stroke="var(--ink)" stroke-width="1.8" stroke-linecap="round" />
      <circle cx="11" cy="10.6" r="2.4" fill="var(--surface)" stroke="var(--ink)" stroke-width="1.6" />
    </svg>
  );
}
