import { openFolder } from "./conversations.ts";
import type { IconName } from "./icons.ts";
import { openMemories } from "./memories/memories-dialog.ts";
import { type MenuItem, openMenu } from "./menu.ts";
import { lastAnswer } from "./message-actions.ts";
import { pages } from "./pages/pages.ts";
import { openPage, openThread } from "./router.ts";
import type { Command } from "./search/results.ts";
import { openSearch } from "./search/search-dialog.ts";
import { openShortcuts, type Shortcut } from "./shortcuts.ts";
import { store } from "./state.ts";
import { chooseTheme, chosenTheme, type Theme } from "./theme.ts";
import { announce } from "./toast.ts";
import { regenerateAnswer } from "./turns.ts";

const themeWords: Readonly<Record<Theme, { readonly label: string; readonly icon: IconName }>> = {
  system: { label: "As the system", icon: "screen" },
  light: { label: "Light", icon: "sun" },
  dark: { label: "Dark", icon: "moon" },
};

async function copyLastAnswer(): Promise<void> {
  const answer = lastAnswer();
  if (answer === null) return;
  await navigator.clipboard.writeText(answer.text).then(
    () => announce("Copied"),
    () => announce("Not copied"),
  );
}

export interface Commands {
  readonly search: () => void;
  readonly openSettings: (anchor: HTMLElement) => void;
  /** The single keys that do something. */
  readonly singles: readonly Shortcut[];
}

/** What the page as a whole can do, wherever it is asked for: by key, in the search, in the menu. */
export function createCommands(focusBox: () => void): Commands {
  const startNew = () => {
    openThread(store.get().draft);
    focusBox();
  };
  const turnFolder = () => void openFolder(store.get().list.folder === "archived" ? "active" : "archived");
  const showKeys = () => openShortcuts(singles);

  const search = () => {
    const commands: readonly Command[] = [
      { label: "New conversation", icon: "plus", run: startNew },
      ...(store.get().missing.includes("memories")
        ? []
        : [{ label: "Memories", icon: "memory", run: openMemories } as const]),
      { label: "Keyboard shortcuts", icon: "keyboard", run: showKeys },
    ];
    openSearch(commands);
  };

  /** What is behind one of the pages is not meant. */
  const inConversation = (run: () => void) => () => {
    if (store.get().page === null) run();
  };
  const singles: readonly Shortcut[] = [
    { keys: ["/"], label: "Go to the message box", single: "/", run: inConversation(focusBox) },
    { keys: ["N"], label: "New conversation", single: "n", run: startNew },
    {
      keys: ["R"],
      label: "Answer again",
      single: "r",
      run: inConversation(() => {
        const answer = lastAnswer();
        if (answer !== null) regenerateAnswer(store.get().current, answer);
      }),
    },
    { keys: ["C"], label: "Copy the last answer", single: "c", run: inConversation(() => void copyLastAnswer()) },
    { keys: ["?"], label: "Show these keys", single: "?", run: showKeys },
  ];

  const openSettings = (anchor: HTMLElement) => {
    const isArchive = store.get().list.folder === "archived";
    const memories: readonly MenuItem[] = store.get().missing.includes("memories")
      ? []
      : [{ label: "Memories…", icon: "memory", run: openMemories }];
    const themes = (["system", "light", "dark"] as const).map(
      (theme, index): MenuItem => ({
        ...themeWords[theme],
        isChecked: chosenTheme() === theme,
        isFirstOfGroup: index === 0,
        run: () => chooseTheme(theme),
      }),
    );
    const accountPages = Object.entries(pages)
      .filter(([, entry]) => entry.place === "account" && entry.isFor(store.get()))
      .map(([name, { label, icon }]): MenuItem => ({ label, icon, run: () => openPage(name) }));
    openMenu(anchor, "Settings", [
      ...accountPages,
      ...memories,
      isArchive
        ? { label: "Back to conversations", icon: "unarchive", run: turnFolder }
        : { label: "Archive", icon: "archive", run: turnFolder },
      { label: "Keyboard…", icon: "keyboard", run: showKeys },
      ...themes,
    ]);
  };

  return { search, openSettings, singles };
}
