import type { ModelsJson } from "./api-types.ts";
import { changeModel } from "./conversations.ts";
import { element } from "./dom.ts";
import { creditsText } from "./format.ts";
import { icon } from "./icons.ts";
import { openMenu } from "./menu.ts";
import { store } from "./state.ts";

type ChatModel = ModelsJson["chat"][number];

/** The model that the thread on screen is answered by; null before the models are known. */
export function currentModel(): ChatModel | null {
  const { models, conversations, current, draftModel } = store.get();
  const wanted = conversations[current]?.model ?? draftModel;
  const offered = models?.chat ?? [];
  return (
    offered.find((model) => model.id === wanted || `${model.provider}:${model.id}` === wanted) ??
    offered.find((model) => model.is_default) ??
    offered[0] ??
    null
  );
}

function choose(model: ChatModel): void {
  const { conversations, current } = store.get();
  const conversation = conversations[current];
  if (conversation === undefined) store.set({ draftModel: model.id });
  else void changeModel(conversation, model.id);
}

function priceOf({ price }: ChatModel): string {
  return `${creditsText(price.credits)} for ${price.per_tokens.toLocaleString()} tokens`;
}

/** Who answers. Hidden where there is no choice. */
export function createModelChoice(onChange: () => void): HTMLElement {
  const label = element("span", {});
  const opener = element(
    "button",
    { type: "button", class: "quiet-button model-choice", "aria-haspopup": "menu", hidden: true },
    label,
    icon("fold"),
  );
  opener.addEventListener("click", () => {
    const offered = store.get().models?.chat ?? [];
    const chosen = currentModel();
    openMenu(
      opener,
      "Model",
      offered.map((model) => ({
        label: model.id,
        detail: priceOf(model),
        isChecked: model.id === chosen?.id,
        run: () => choose(model),
      })),
    );
  });
  const show = () => {
    const model = currentModel();
    opener.hidden = model === null || (store.get().models?.chat.length ?? 0) < 2;
    label.textContent = model?.id ?? "";
    opener.setAttribute("aria-label", `Model: ${model?.id ?? ""}`);
    onChange();
  };
  store.watch((state) => state.models, show);
  store.watch((state) => state.draftModel, show);
  store.watch((state) => state.conversations[state.current]?.model, show);
  return opener;
}
