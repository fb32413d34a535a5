import type { ModelsJson } from "./api-types.ts";
import { byId, element } from "./dom.ts";
import { creditsText } from "./format.ts";
import { icon } from "./icons.ts";
import { requestPicture } from "./image-jobs.ts";
import { problemNotice } from "./notice.ts";
import { createPictureOptions } from "./picture-options.ts";
import { type Problem, problemFrom, problemOfCode } from "./problem.ts";
import { currentThread, isDraft, store } from "./state.ts";
import { sendMessage, stopAnswer } from "./turns.ts";
import type { Mode } from "./welcome.ts";

export interface Composer {
  /** Puts text into the box, for the person to change or send. */
  readonly fill: (mode: Mode, text: string) => void;
  readonly focus: () => void;
}

const placeholders: Readonly<Record<Mode, string>> = {
  chat: "Write to Muse",
  picture: "Describe a picture",
};
const longest: Readonly<Record<Mode, number>> = { chat: 100_000, picture: 2_000 };

function modeSwitch(onChange: (mode: Mode) => void): { node: HTMLElement; choose: (mode: Mode) => void } {
  const input = (mode: Mode) =>
    element("input", {
      type: "radio",
      name: "mode",
      value: mode,
      checked: mode === "chat",
      onchange: () => onChange(mode),
    });
  const inputs: Readonly<Record<Mode, HTMLInputElement>> = { chat: input("chat"), picture: input("picture") };
  return {
    node: element(
      "fieldset",
      { class: "choice modes" },
      element("legend", { class: "visually-hidden" }, "What to make"),
      element("label", {}, inputs.chat, icon("chat"), element("span", {}, "Chat")),
      element("label", {}, inputs.picture, icon("picture"), element("span", {}, "Image")),
    ),
    choose: (mode) => {
      inputs[mode].checked = true;
      onChange(mode);
    },
  };
}

function defaultOf<Model extends { readonly is_default: boolean }>(models: readonly Model[] | undefined): Model | null {
  return models?.find((model) => model.is_default) ?? models?.[0] ?? null;
}

function chatPrice(models: ModelsJson | null): string {
  const price = defaultOf(models?.chat)?.price;
  return price === undefined ? "" : `From ${creditsText(price.credits)}`;
}

function showButton(send: HTMLButtonElement, name: "send" | "stop", label: string, isBusy: boolean): void {
  if (send.dataset.icon !== name) send.replaceChildren(icon(name));
  send.dataset.icon = name;
  send.setAttribute("aria-label", label);
  send.classList.toggle("is-stop", name === "stop");
  send.classList.toggle("is-busy", isBusy);
}

function showStop(send: HTMLButtonElement, isStopping: boolean): void {
  showButton(send, "stop", isStopping ? "Stopping" : "Stop", isStopping);
  send.title = "Stop (Esc)";
  send.disabled = isStopping;
}

function showSend(send: HTMLButtonElement, mode: Mode, isAsking: boolean, isEmpty: boolean): void {
  const label = mode === "chat" ? "Send" : "Make the picture";
  showButton(send, "send", label, isAsking);
  send.title = label;
  send.disabled = isAsking || isEmpty;
}

/** The box where everything begins. */
export function createComposer(onSent: () => void): Composer {
  let mode: Mode = "chat";
  let isAsking = false;
  /** What was typed in other conversations and not sent. */
  const drafts = new Map<string, string>();
  let thread = store.get().current;

  const text = element("textarea", {
    id: "message",
    rows: 1,
    autocomplete: "off",
    enterkeyhint: "send",
    "aria-describedby": "composer-hint",
  });
  const hint = element("p", { id: "composer-hint", class: "composer-hint" });
  const notice = element("div", { class: "composer-notice", role: "alert" });
  const send = element("button", { type: "submit", class: "send" });
  const options = createPictureOptions(() => show());
  const switcher = modeSwitch((chosen) => {
    mode = chosen;
    show();
    text.focus();
  });
  const form = element(
    "form",
    { class: "composer" },
    notice,
    element(
      "div",
      { class: "composer-box" },
      text,
      options.node,
      element("div", { class: "composer-row" }, switcher.node, hint, send),
    ),
  );

  const resize = () => {
    // Browsers that know `field-sizing` do this by themselves.
    if (CSS.supports("field-sizing", "content")) return;
    text.style.setProperty("height", "auto");
    text.style.setProperty("height", `${text.scrollHeight}px`);
  };

  const isAnswering = () => currentThread(store.get()).turn !== null;

  function hintText(): string {
    if (mode === "chat") return chatPrice(store.get().models);
    const cost = options.cost();
    return cost === null ? "" : creditsText(cost);
  }

  function show(): void {
    form.dataset.mode = mode;
    options.node.hidden = mode === "chat";
    text.placeholder = placeholders[mode];
    text.setAttribute("aria-label", placeholders[mode]);
    text.maxLength = longest[mode];
    hint.textContent = hintText();
    const { turn, status } = currentThread(store.get());
    if (mode === "chat" && turn !== null) showStop(send, turn.isStopping);
    else showSend(send, mode, isAsking, text.value.trim() === "" || status !== "ready");
    resize();
  }

  const say = (problem: Problem | null) =>
    notice.replaceChildren(...(problem === null ? [] : [problemNotice(problem)]));

  const clear = () => {
    text.value = "";
    say(null);
    show();
  };

  const sendText = () => {
    const content = text.value.trim();
    clear();
    onSent();
    sendMessage(store.get().current, content);
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
    if (store.get().phase === "failed" || isAsking || currentThread(store.get()).status !== "ready") return;
    if (mode === "chat" && isAnswering()) return;
    if (text.value.trim() === "") return;
    if (mode === "chat") sendText();
    else void sendPrompt();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (send.classList.contains("is-stop")) void stopAnswer(store.get().current);
    else submit();
  });
  text.addEventListener("keydown", (event) => {
    // Enter also ends a composition (Japanese, Chinese, Korean); then it is not meant for us.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", () => {
    say(null);
    show();
  });
  document.addEventListener("keydown", (event) => {
    const isElsewhere = document.querySelector("dialog[open], [popover]:popover-open") !== null;
    if (event.key === "Escape" && !event.defaultPrevented && !isElsewhere && isAnswering()) {
      void stopAnswer(store.get().current);
    }
    const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (event.key === "/" && !isTyping && !isElsewhere && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      text.focus();
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
  store.watch(
    (state) => state.models,
    (models) => {
      options.useModel(defaultOf(models?.image));
      show();
    },
  );
  byId("composer-slot", HTMLElement).append(form);
  show();

  return {
    fill: (chosen, value) => {
      text.value = value;
      switcher.choose(chosen);
      text.setSelectionRange(value.length, value.length);
    },
    focus: () => text.focus(),
  };
}
