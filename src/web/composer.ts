import { byId, element } from "./dom.ts";
import { fitHeight } from "./edit-field.ts";
import { attachmentsOf, giveBackAttachments, takeAttachments } from "./files/attachments.ts";
import { acceptFiles } from "./files/intake.ts";
import { createTray } from "./files/tray.ts";
import { creditsText } from "./format.ts";
import { requestPicture } from "./image-jobs.ts";
import { createModeSwitch } from "./mode-switch.ts";
import { createModelChoice, currentModel } from "./model-choice.ts";
import { problemNotice } from "./notice.ts";
import { createPictureOptions } from "./picture-options.ts";
import { type Problem, problemFrom, problemOfCode } from "./problem.ts";
import { createSendButton } from "./send-button.ts";
import { currentThread, isDraft, type MessageFile, store } from "./state.ts";
import { sendMessage, stopAnswer } from "./turns.ts";
import type { Mode } from "./welcome.ts";

export interface Composer {
  /** Puts text into the box, for the person to change or send. */
  readonly fill: (mode: Mode, text: string, files?: readonly MessageFile[]) => void;
  readonly focus: () => void;
  /** What stands in the box. */
  readonly text: () => string;
}

const placeholders: Readonly<Record<Mode, string>> = {
  chat: "Write to Muse",
  picture: "Describe a picture",
};
const longest: Readonly<Record<Mode, number>> = { chat: 100_000, picture: 2_000 };

function defaultOf<Model extends { readonly is_default: boolean }>(models: readonly Model[] | undefined): Model | null {
  return models?.find((model) => model.is_default) ?? models?.[0] ?? null;
}

export interface ComposerOptions {
  readonly onSent: () => void;
  /** The person wants to change what was said last. @returns whether there is something to change */
  readonly editLast: () => boolean;
}

/** The box where everything begins. */
export function createComposer({ onSent, editLast }: ComposerOptions): Composer {
  let mode: Mode = "chat";
  let isAsking = false;
  /** The parts of the box report their state while they are made, before there is a box. */
  let isBuilt = false;
  /** What was typed in other conversations and not sent. */
  const drafts = new Map<string, string>();
  let thread = store.get().current;

  const text = element("textarea", {
    id: "message",
    rows: 1,
    dir: "auto",
    autocomplete: "off",
    enterkeyhint: "send",
    "aria-describedby": "composer-hint",
  });
  const hint = element("p", { id: "composer-hint", class: "composer-hint" });
  const notice = element("div", { class: "composer-notice", role: "alert" });
  const send = createSendButton();
  const options = createPictureOptions(() => show());
  const switcher = createModeSwitch((chosen) => {
    mode = chosen;
    show();
    text.focus();
  });
  const intake = acceptFiles(text, () => switcher.choose("chat"));
  const modelChoice = createModelChoice(() => show());
  const tray = createTray(() => show());
  const form = element(
    "form",
    { class: "composer" },
    notice,
    element(
      "div",
      { class: "composer-box" },
      tray,
      text,
      options.node,
      element("div", { class: "composer-row" }, switcher.node, intake, hint, modelChoice, send.node),
    ),
  );

  isBuilt = true;

  const isAnswering = () => currentThread(store.get()).turn !== null;

  function hintText(): string {
    if (mode === "chat") {
      const model = currentModel();
      return model === null ? "" : `From ${creditsText(model.price.credits)}`;
    }
    const cost = options.cost();
    return cost === null ? "" : creditsText(cost);
  }

  const isUploading = () => attachmentsOf(store.get().current).some(({ status }) => status === "uploading");

  function show(): void {
    if (!isBuilt) return;
    form.dataset.mode = mode;
    options.node.hidden = mode === "chat";
    intake.classList.toggle("is-off", mode === "picture");
    tray.classList.toggle("is-off", mode === "picture");
    modelChoice.classList.toggle("is-off", mode === "picture");
    text.placeholder = placeholders[mode];
    text.setAttribute("aria-label", placeholders[mode]);
    text.maxLength = longest[mode];
    hint.textContent = hintText();
    const { turn } = currentThread(store.get());
    if (mode === "chat" && turn !== null) send.showStop(turn.isStopping);
    else send.showSend(mode, isAsking, isPossible());
    fitHeight(text);
  }

  function isPossible(): boolean {
    const { phase } = store.get();
    const isReady = phase !== "failed" && currentThread(store.get()).status === "ready";
    return isReady && text.value.trim() !== "" && !(mode === "chat" && isUploading());
  }

  const say = (problem: Problem | null) =>
    notice.replaceChildren(...(problem === null ? [] : [problemNotice(problem)]));

  const clear = () => {
    text.value = "";
    say(null);
    show();
  };

  const sendText = () => {
    const { current } = store.get();
    const words = { text: text.value.trim(), files: takeAttachments(current) };
    clear();
    onSent();
    sendMessage(current, words);
  };

  const sendPrompt = async () => {
    const { credits, current } = store.get();
    const cost = options.cost();
    if (cost !== null && credits !== null && cost > credits) {
      say(problemOfCode("insufficient_credits", `This costs ${creditsText(cost)}; you have ${creditsText(credits)}.`));
      return;
    }
    isAsking = true;
    show();
    try {
      await requestPicture(current, { prompt: text.value.trim(), ...options.read() });
      store.set({ startPicture: null });
      clear();
      onSent();
    } catch (error) {
      say(problemFrom(error));
    } finally {
      isAsking = false;
      show();
    }
  };

  const submit = () => {
    if (isAsking || !isPossible() || (mode === "chat" && isAnswering())) return;
    if (mode === "chat") sendText();
    else void sendPrompt();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (send.isStop()) void stopAnswer(store.get().current);
    else submit();
  });
  text.addEventListener("keydown", (event) => {
    // Enter also ends a composition (Japanese, Chinese, Korean); then it is not meant for us.
    if (event.isComposing) return;
    if (event.key === "ArrowUp" && text.value === "" && mode === "chat" && editLast()) event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", () => {
    say(null);
    show();
  });
  document.addEventListener("keydown", (event) => {
    const isElsewhere =
      store.get().page !== null || document.querySelector("dialog[open], [popover]:popover-open") !== null;
    if (event.key === "Escape" && !event.defaultPrevented && !isElsewhere && isAnswering()) {
      void stopAnswer(store.get().current);
    }
  });

  store.watch(
    (state) => state.current,
    (current) => {
      if (current === thread) return;
      // A draft that became a conversation is the same place under another name.
      const isAdopted = isDraft(thread) && store.get().draft !== thread;
      if (!isAdopted) {
        drafts.set(thread, text.value);
        text.value = drafts.get(current) ?? "";
        say(null);
      }
      thread = current;
      show();
    },
  );
  store.watch((state) => currentThread(state).turn, show);
  store.watch((state) => currentThread(state).status, show);
  store.watch((state) => state.phase, show);
  store.watch(
    (state) => state.models,
    (models) => {
      options.useModel(defaultOf(models?.image));
      show();
    },
  );
  const fill: Composer["fill"] = (chosen, value, files = []) => {
    giveBackAttachments(store.get().current, files);
    text.value = value;
    switcher.choose(chosen);
    text.setSelectionRange(value.length, value.length);
  };
  store.watch(
    (state) => (state.page === null ? state.wish : null),
    (wish) => {
      if (wish === null) return;
      store.set({ wish: null });
      fill(wish.mode, wish.text);
    },
  );
  byId("composer-slot", HTMLElement).append(form);
  show();

  return {
    fill,
    focus: () => text.focus(),
    text: () => text.value,
  };
}
