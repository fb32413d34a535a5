import * as api from "./api.ts";
import { store } from "./state.ts";

let reading: Promise<void> | null = null;
let isStale = false;

async function read(): Promise<void> {
  do {
    isStale = false;
    try {
      store.set({ credits: (await api.getCredits()).balance });
    } catch {
      // The number on screen stays as it was; every turn and picture asks again.
    }
  } while (isStale);
}

/** Asks for the credits that are left; calls while it runs lead to one more reading, not to many. */
export function refreshCredits(): Promise<void> {
  isStale = true;
  reading ??= read().finally(() => {
    reading = null;
  });
  return reading;
}
