import { refreshCredits } from "./account.ts";
import { onToolResult } from "./answers.ts";
import * as api from "./api.ts";
import { showChat } from "./chat-view.ts";
import { createCommands } from "./commands.ts";
import { type Composer, createComposer } from "./composer.ts";
import { showConversationList } from "./conversation-list.ts";
import { loadConversations } from "./conversations.ts";
import { byId, element, narrowScreen } from "./dom.ts";
import { icon } from "./icons.ts";
import { followGeneration, resumeJobs } from "./image-jobs.ts";
import { lastQuestion, messageActions } from "./message-actions.ts";
import { handOver, takeHandover } from "./next-start.ts";
import { button, problemNotice } from "./notice.ts";
import { showPages } from "./pages/page-view.ts";
import { problemFrom } from "./problem.ts";
import { openPage, sharedToken, startRouter } from "./router.ts";
import { onSessionReplaced } from "./session.ts";
import { showShared } from "./shared/shared-view.ts";
import { listenForShortcuts } from "./shortcuts.ts";
import { showCredits, showSidebar } from "./sidebar.ts";
import { changeEntry, currentThread, isDraft, store } from "./state.ts";
import { followTheme } from "./theme.ts";
import { loadThread, refreshThread } from "./threads.ts";
import { showToast } from "./toast.ts";
import { showTopbar } from "./topbar.ts";
import { followVisibleHeight } from "./viewport.ts";

let isStarting = false;

/** Signs in and reads what the page needs to be useful; what fails is said in the place of the messages. */
async function start(): Promise<void> {
  if (isStarting) return;
  isStarting = true;
  store.set({ phase: "starting", problem: null });
  try {
    store.set({ user: await api.getUser(), phase: "ready" });
    const thread = currentThread(store.get());
    if (thread.status === "failed") void loadThread(thread.id);
    void loadConversations();
    void refreshCredits();
    void resumeJobs().catch(() => undefined);
    void api.getModels().then(
      (models) => store.set({ models }),
      () => undefined,
    );
  } catch (error) {
    store.set({ phase: "failed", problem: problemFrom(error) });
  } finally {
    isStarting = false;
  }
}

function showStartFailure(): void {
  const panel = element("div", { class: "start-failure", hidden: true });
  byId("scroller", HTMLElement).prepend(panel);
  store.watch(
    (state) => state.problem,
    (problem) => {
      panel.hidden = problem === null;
      byId("timeline", HTMLElement).hidden = problem !== null;
      if (problem === null) return;
      panel.replaceChildren(
        problemNotice(
          problem,
          button("Try again", "small-button", () => void start(), icon("again")),
        ),
      );
    },
  );
}

/** Another tab may have written in this conversation, or the machine may have slept. */
function catchUp(): void {
  if (document.hidden) return;
  const { phase } = store.get();
  if (phase === "failed") void start();
  if (phase !== "ready") return;
  void loadConversations();
  void refreshCredits();
  const thread = currentThread(store.get());
  if (thread.turn === null && thread.status === "ready" && !isDraft(thread.id)) {
    void refreshThread(thread.id).catch(() => undefined);
  }
}

/** A picture that an answer asked for shows its progress in the conversation. */
function followToolPictures(): void {
  onToolResult((name, result) => {
    if (name !== "generate_image" || typeof result !== "object" || result === null) return;
    if ("generation_id" in result) void followGeneration(String(result.generation_id)).catch(() => undefined);
  });
}

function editLast(): boolean {
  const question = lastQuestion();
  if (question === null) return false;
  changeEntry(store.get().current, question.key, { editing: { text: question.text, problem: null } });
  return true;
}

function showPage(): Composer {
  // The views refer to each other only when somebody acts, so the names may come before the things.
  let composer: Composer | null = null;
  const scrolling = showChat({
    choose: (mode, prompt) => composer?.fill(mode, prompt),
    actions: (where) =>
      messageActions(
        where,
        ({ text, files }) => composer?.fill("chat", text, files),
        () => composer?.focus(),
      ),
  });
  composer = createComposer({ onSent: () => scrolling.toLatest(), editLast });
  const box = composer;
  const { focus } = box;
  const commands = createCommands(focus);
  showSidebar({ onNew: focus, onSearch: commands.search, openSettings: commands.openSettings });
  listenForShortcuts(commands.singles, commands.search);
  showConversationList();
  showTopbar();
  showPages();
  showCredits();
  showStartFailure();
  followToolPictures();
  // A phone's keyboard would cover the suggestions, so there the first tap is the person's.
  if (!narrowScreen.matches) focus();
  return box;
}

/** What the person wrote in the thread on screen and the server has not taken. */
function unsentWords(composer: Composer): string {
  const waiting = currentThread(store.get()).entries.filter(
    ({ status }) => status === "sending" || status === "unsent",
  );
  return [...waiting.map(({ text }) => text), composer.text()].filter((text) => text.trim() !== "").join("\n\n");
}

/** Shows what the page before this one handed over. */
function showHandover(composer: Composer): void {
  const handover = takeHandover();
  if (handover === null) return;
  const action = { label: "Sign in", run: () => openPage("account") };
  showToast({ text: handover.notice, ...(handover.offersSignIn === true ? { action } : {}) });
  if (handover.words !== undefined && handover.words !== "") composer.fill("chat", handover.words);
}

/** The page of an account, a guest's at least. */
function startPage(): void {
  const composer = showPage();
  onSessionReplaced((reason) => {
    if (reason === "expired") {
      const notice = "The session had ended, so a new guest session was started.";
      handOver({ notice, offersSignIn: true, words: unsentWords(composer) });
    }
    // Nothing on screen belongs to the new account.
    window.history.replaceState(null, "", window.location.pathname);
    window.location.reload();
  });
  window.addEventListener("online", () => {
    store.set({ isOnline: true });
    catchUp();
  });
  window.addEventListener("offline", () => store.set({ isOnline: false }));
  document.addEventListener("visibilitychange", catchUp);

  showHandover(composer);
  startRouter();
  void start();
}

/** The way past the list for the keyboard. What follows a # is a conversation's address here, so the link only moves the focus. */
function followSkipLink(): void {
  document.querySelector(".skip-link")?.addEventListener("click", (event) => {
    event.preventDefault();
    const places = ["message", "page", "scroller"].map((id) => document.getElementById(id));
    places.find((place) => place?.checkVisibility())?.focus();
  });
}

followTheme();
followVisibleHeight();
followSkipLink();
const token = sharedToken();
if (token === null) startPage();
else showShared(token);
