// Light or dark: as the system has it until its user says otherwise.
import { computed, signal } from "@preact/signals";

type Theme = "light" | "dark";

const KEPT = "glassgrad-theme";

export class ThemeChoice {
  /** What was chosen; "" follows the system. */
  readonly chosen = signal<Theme | "">(kept());
  private readonly system = matchMedia("(prefers-color-scheme: dark)");
  private readonly systemDark = signal(this.system.matches);
  private readonly dark = computed(() =>
    this.chosen.value ? this.chosen.value === "dark" : this.systemDark.value,
  );

  constructor() {
    this.system.addEventListener("change", (event) => (this.systemDark.value = event.matches));
  }

  get isDark(): boolean {
    return this.dark.value;
  }

  turn(): void {
    this.chosen.value = this.isDark ? "light" : "dark";
    try {
      localStorage.setItem(KEPT, this.chosen.value);
    } catch {
      // Where nothing can be kept, it holds until the page closes.
    }
  }
}

function kept(): Theme | "" {
  try {
    const found = localStorage.getItem(KEPT);
    return found === "light" || found === "dark" ? found : "";
  } catch {
    return "";
  }
}
