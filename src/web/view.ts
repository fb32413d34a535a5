import type { Entry } from "./state.ts";

/** What can be done with a message on screen. */
export interface EntryActions {
  readonly resend: (entry: Entry) => void;
  /** Takes an unsent message back into the composer. */
  readonly takeBack: (entry: Entry) => void;
  readonly beginEdit: (entry: Entry) => void;
  readonly endEdit: (entry: Entry) => void;
  readonly saveEdit: (entry: Entry, text: string) => void;
  readonly regenerate: (entry: Entry) => void;
  /** @param step 1 for the next newer version, -1 for the next older one */
  readonly showVersion: (entry: Entry, step: 1 | -1) => void;
  readonly rate: (entry: Entry, rating: "positive" | "negative" | null, comment?: string) => void;
  /** Says something in the person's name, as a button in an answer offers. */
  readonly say: (text: string) => void;
}

export interface View<Item> {
  readonly node: HTMLElement;
  readonly update: (item: Item) => void;
}
