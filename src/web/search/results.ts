import type { ConversationJson, SearchResultJson, SearchScope } from "../api-types.ts";
import { element } from "../dom.ts";
import { sameOrigin } from "../entries.ts";
import { shortTime } from "../format.ts";
import { type IconName, icon } from "../icons.ts";
import { segmentsOf } from "./highlight.ts";

/** A line of the search that can be chosen. */
export interface Choice {
  readonly node: HTMLElement;
  readonly run: () => void;
}

interface Line {
  readonly id: string;
  readonly icon: IconName | null;
  readonly image: string | null;
  readonly title: readonly Node[];
  readonly text: readonly Node[];
  readonly fact: string;
  readonly run: () => void;
}

function choiceOf({ id, icon: name, image, title, text, fact, run }: Line): Choice {
  const picture = image === null ? null : element("img", { class: "result-image", src: image, alt: "" });
  const node = element(
    "li",
    { class: "result", role: "option", id: `result-${id}`, "aria-selected": "false" },
    picture ?? (name === null ? null : icon(name)),
    element(
      "span",
      { class: "result-body" },
      element("span", { class: "result-title", dir: "auto" }, ...title),
      text.length > 0 && element("span", { class: "result-text", dir: "auto" }, ...text),
    ),
    element("span", { class: "result-fact" }, fact),
  );
  return { node, run };
}

/** A snippet with its matches marked; it is text, whatever it looks like. */
function marked(highlight: SearchResultJson["highlights"][number] | undefined): readonly Node[] {
  if (highlight === undefined) return [];
  return segmentsOf(highlight.snippet, highlight.matches).map(({ text, isMatch }) =>
    isMatch ? element("mark", {}, text) : new Text(text),
  );
}

const titleOf = (result: SearchResultJson) => result.conversation?.title ?? "Picture";

export interface Destinations {
  readonly conversation: (id: string) => void;
  /** A message, or the one with this picture. */
  readonly place: (conversationId: string, placeId: string) => void;
}

function lineOf(result: SearchResultJson, scope: SearchScope, index: number, go: Destinations): Line {
  const { conversation, message, image, highlights } = result;
  const inTitle = highlights.find(({ field }) => field === "title");
  const inText = highlights.find(({ field }) => field !== "title");
  const icons: Readonly<Record<SearchScope, IconName>> = { messages: "chat", conversations: "list", images: "picture" };
  return {
    id: `${scope}-${index}`,
    icon: message?.role === "user" ? "pen" : icons[scope],
    image: image === undefined ? null : sameOrigin(image.thumbnail_url),
    title: inTitle === undefined ? [new Text(titleOf(result))] : marked(inTitle),
    text: inText === undefined && image !== undefined ? [new Text(image.prompt ?? "")] : marked(inText),
    fact: shortTime(message?.created_at ?? image?.created_at ?? conversation?.last_message_at ?? ""),
    run: () => {
      if (conversation === null) return;
      const placeId = message?.id ?? image?.id;
      if (placeId === undefined) go.conversation(conversation.id);
      else go.place(conversation.id, placeId);
    },
  };
}

export function choicesOf(results: readonly SearchResultJson[], scope: SearchScope, go: Destinations): Choice[] {
  // A picture that belongs to no conversation has no place to go to on this page.
  const reachable = results.filter(({ conversation }) => conversation !== null);
  return reachable.map((result, index) => choiceOf(lineOf(result, scope, index, go)));
}

/** What is offered before anything is typed: the newest conversations. */
export function recentChoices(conversations: readonly ConversationJson[], go: Destinations): Choice[] {
  return conversations.map((conversation, index) =>
    choiceOf({
      id: `recent-${index}`,
      icon: "chat",
      image: null,
      title: [new Text(conversation.title)],
      text: [],
      fact: shortTime(conversation.last_message_at),
      run: () => go.conversation(conversation.id),
    }),
  );
}

export interface Command {
  readonly label: string;
  readonly icon: IconName;
  readonly run: () => void;
}

/** Commands whose words contain what was typed. */
export function commandChoices(commands: readonly Command[], typed: string): Choice[] {
  const words = typed.toLowerCase().split(/\s+/);
  const found = commands.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
  return found.map((command, index) =>
    choiceOf({
      id: `command-${index}`,
      icon: command.icon,
      image: null,
      title: [new Text(command.label)],
      text: [],
      fact: "",
      run: command.run,
    }),
  );
}
