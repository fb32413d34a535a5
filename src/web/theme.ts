export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageKey = "muse.theme";
const papers = { light: "#f3f2ee", dark: "#10151f" } as const;

function isTheme(value: string | null): value is Theme {
  return themes.some((theme) => theme === value);
}

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(storageKey);
  return isTheme(stored) ? stored : "system";
}

/** The browser's own frame takes the colour of the page; each of the two tags knows its scheme. */
function colourFrame(theme: Theme): void {
  for (const tag of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = tag.media.includes("dark") ? "dark" : "light";
    tag.content = papers[theme === "system" ? own : theme];
  }
}

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  colourFrame(theme);
}

/** Chooses light, dark, or what the system says, for this browser. */
export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, theme);
  apply(theme);
}

/** Applies what was chosen, now and when another tab chooses. */
export function followTheme(): void {
  apply(chosenTheme());
  window.addEventListener("storage", ({ key }) => {
    if (key === storageKey || key === null) apply(chosenTheme());
  });
}
