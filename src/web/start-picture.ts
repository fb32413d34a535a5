import { openThread } from "./router.ts";
import { type StartPicture, store } from "./state.ts";

/** Opens a new conversation whose next picture is made from this one. */
export function startFrom(picture: StartPicture, prompt: string): void {
  const { draft } = store.get();
  store.set({ startPicture: picture, wish: { mode: "picture", text: prompt } });
  openThread(draft);
}
