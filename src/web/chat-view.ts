import { answerView } from "./answer-view.ts";
import { listenForCodeCopies } from "./copy.ts";
import { byId, element, reconcile } from "./dom.ts";
import { icon } from "./icons.ts";
import { cancelJob, repeatJob } from "./image-jobs.ts";
import { button, problemNotice } from "./notice.ts";
import { type PictureItem, pictureItemOfEntry, pictureItemOfJob, pictureView } from "./picture-view.ts";
import { questionView } from "./question-view.ts";
import { keepLatestInView, type Scrolling } from "./scrolling.ts";
import { type AppState, currentThread, type Entry, type Job, store, type Thread } from "./state.ts";
import { loadThread } from "./threads.ts";
import type { EntryActions, View } from "./view.ts";
import { type Mode, welcome } from "./welcome.ts";

type Item =
  | { readonly kind: "question" | "answer"; readonly key: string; readonly time: string; readonly entry: Entry }
  | { readonly kind: "picture"; readonly key: string; readonly time: string; readonly picture: PictureItem };

const pictureKey = (generationId: string) => `generation:${generationId}`;

function itemOfEntry(entry: Entry): Item {
  if (entry.pictures.length > 0 && entry.role === "assistant") {
    const key = pictureKey(entry.generationId ?? entry.key);
    return { kind: "picture", key, time: entry.createdAt, picture: pictureItemOfEntry(entry) };
  }
  return { kind: entry.role === "user" ? "question" : "answer", key: entry.key, time: entry.createdAt, entry };
}

/** Messages as they are ordered, with every job that has no message yet at the time when it was asked for. */
function itemsOf(thread: Thread, jobs: readonly Job[]): readonly Item[] {
  const items = thread.entries.map(itemOfEntry);
  const jobsHere = jobs.filter(({ generation }) => generation.conversation_id === thread.id);
  for (const job of jobsHere) {
    const key = pictureKey(job.generation.id);
    const time = job.generation.created_at;
    const stored = items.findIndex((item) => item.key === key);
    // A job that was followed on this page keeps its place when its message arrives.
    const item: Item =
      stored === -1
        ? { kind: "picture", key, time, picture: pictureItemOfJob(job) }
        : { ...(items[stored] as Item), time };
    if (stored !== -1) items.splice(stored, 1);
    const next = items.findIndex((other) => other.time > time);
    items.splice(next === -1 ? items.length : next, 0, item);
  }
  return items;
}

interface Mounted {
  readonly kind: Item["kind"];
  readonly node: HTMLElement;
  readonly update: (item: Item) => void;
}

function mounted<Part>(kind: Item["kind"], view: View<Part>, part: (item: Item) => Part | null): Mounted {
  return {
    kind,
    node: view.node,
    update: (item) => {
      const now = part(item);
      if (now !== null) view.update(now);
    },
  };
}

function mount(item: Item, actions: EntryActions): Mounted {
  if (item.kind === "picture") {
    const view = pictureView(item.picture, {
      cancel: (id) => void cancelJob(id),
      repeat: (generation) => void repeatJob(generation),
    });
    return mounted("picture", view, (now) => (now.kind === "picture" ? now.picture : null));
  }
  const view = item.kind === "question" ? questionView(item.entry, actions) : answerView(item.entry, actions);
  return mounted(item.kind, view, (now) => (now.kind === "picture" ? null : now.entry));
}

function skeleton(): HTMLElement {
  const lines = (count: number) => Array.from({ length: count }, () => element("span", { class: "bone" }));
  return element(
    "div",
    { class: "skeleton", role: "status" },
    element("span", { class: "visually-hidden" }, "Loading the conversation"),
    element("div", { class: "skeleton-question" }, ...lines(1)),
    element("div", { class: "skeleton-answer" }, ...lines(4)),
    element("div", { class: "skeleton-question" }, ...lines(1)),
    element("div", { class: "skeleton-answer" }, ...lines(3)),
  );
}

function missing(): HTMLElement {
  return element(
    "div",
    { class: "welcome" },
    element("h2", {}, "This conversation is not here"),
    element("p", { class: "welcome-lead" }, "It may have been deleted, or it belongs to another account."),
    element("a", { class: "small-button", href: "#/" }, icon("plus"), "New conversation"),
  );
}

function retryPanel(thread: Thread): HTMLElement {
  const again = button("Try again", "small-button", () => void loadThread(thread.id), icon("again"));
  const panel = element("div", { class: "welcome" });
  if (thread.problem !== null) panel.append(problemNotice(thread.problem, again));
  return panel;
}

export interface ChatViewOptions {
  readonly choose: (mode: Mode, prompt: string) => void;
  /** @param scrolling where the messages are read */
  readonly actions: (scrolling: Scrolling) => EntryActions;
}

const highlightMs = 2_600;

/** Brings a message into the middle of the view and marks it for a moment. */
function showTarget(node: HTMLElement): void {
  node.scrollIntoView({ block: "center" });
  node.classList.add("is-target");
  node.tabIndex = -1;
  node.focus({ preventScroll: true });
  window.setTimeout(() => node.classList.remove("is-target"), highlightMs);
}

/** Shows the current thread; returns its scrolling. */
export function showChat({ choose, actions: actionsOf }: ChatViewOptions): Scrolling {
  const timeline = byId("timeline", HTMLElement);
  const scroller = byId("scroller", HTMLElement);
  const jump = byId("jump", HTMLButtonElement);
  jump.append(icon("down"), "Newest");
  const scrolling = keepLatestInView(scroller, timeline, jump);
  const views = new Map<string, Mounted>();
  let panel: { readonly key: string; readonly node: HTMLElement } | null = null;
  let shownThread = "";

  const actions = actionsOf(scrolling);

  const panelFor = (thread: Thread, isEmpty: boolean): HTMLElement | null => {
    const key = thread.status === "ready" ? (isEmpty ? "welcome" : "") : thread.status;
    if (key === "") return null;
    const full = `${key} ${thread.id} ${thread.problem?.requestId ?? ""}`;
    if (panel?.key === full) return panel.node;
    const make = { welcome: () => welcome(choose), missing, failed: () => retryPanel(thread), loading: skeleton }[key];
    panel = { key: full, node: (make ?? skeleton)() };
    return panel.node;
  };

  const viewOf = (item: Item, isArriving: boolean): HTMLElement => {
    const known = views.get(item.key);
    if (known?.kind === item.kind) {
      known.update(item);
      return known.node;
    }
    const fresh = mount(item, actions);
    views.set(item.key, fresh);
    fresh.node.classList.toggle("is-new", isArriving);
    return fresh.node;
  };

  const show = (thread: Thread, jobs: AppState["jobs"]) => {
    const items = thread.status === "loading" ? [] : itemsOf(thread, Object.values(jobs));
    const keys = new Set(items.map((item) => item.key));
    const isOther = thread.id !== shownThread && !items.some((item) => views.has(item.key));
    const last = items.at(-1)?.key;
    const isGrown = last !== undefined && !views.has(last);
    for (const key of views.keys()) if (!keys.has(key)) views.delete(key);
    const nodes: Node[] = items.map((item) => viewOf(item, !isOther));
    const empty = panelFor(thread, items.length === 0);
    if (empty !== null) nodes.unshift(empty);
    else panel = null;
    reconcile(timeline, nodes);
    timeline.classList.toggle("is-answering", thread.turn !== null);
    scrolling.follow(items.length > 0);
    // What the reader asked for comes into view; what arrives by itself does not pull the reader away.
    if (isOther || (isGrown && thread.turn?.phase === "waiting")) scrolling.toLatest(!isOther);
    shownThread = thread.id;
    goToTarget(thread, items);
  };

  const goToTarget = (thread: Thread, items: readonly Item[]) => {
    const { target } = store.get();
    if (target?.threadId !== thread.id || thread.status !== "ready") return;
    store.set({ target: null });
    const found = thread.entries.find(
      ({ messageId, pictures }) =>
        messageId === target.placeId || pictures.some(({ imageId }) => imageId === target.placeId),
    );
    const key = found === undefined ? undefined : itemOfEntry(found).key;
    const view = items.some((item) => item.key === key) && key !== undefined ? views.get(key) : undefined;
    if (view === undefined) return;
    scrolling.release();
    showTarget(view.node);
  };

  store.watch(currentThread, (thread) => show(thread, store.get().jobs));
  store.watch(
    (state) => state.jobs,
    (jobs) => show(currentThread(store.get()), jobs),
  );
  store.watch(
    (state) => state.target,
    (target) => {
      if (target !== null) show(currentThread(store.get()), store.get().jobs);
    },
  );
  store.watch(
    (state) => state.missing,
    () => {
      // What the server does not have goes from every message.
      views.clear();
      show(currentThread(store.get()), store.get().jobs);
    },
  );
  listenForCodeCopies(timeline);
  return scrolling;
}
