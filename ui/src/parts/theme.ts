/** Light or dark: as the system says, until the reader chooses. */

import { signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEY = "pdr-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>("light");

export function startTheme(): void {
  show(stored() ?? (system.matches ? "dark" : "light"));
  system.addEventListener("change", () => {
    if (stored() === null) {
      show(system.matches ? "dark" : "light");
    }
  });
}

export function toggleTheme(): void {
  const next = theme.peek() === "dark" ? "light" : "dark";
  show(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

function show(next: Theme): void {
  theme.value = next;
  document.documentElement.dataset.theme = next;
}

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "dark" || value === "light" ? value : null;
  } catch {
    return null;
  }
}
