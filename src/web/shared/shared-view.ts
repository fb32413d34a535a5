import { partImageIds } from "../../domain/content-part.ts";
import * as api from "../api.ts";
import type { ContentPart, SharedConversationJson } from "../api-types.ts";
import { listenForCodeCopies } from "../copy.ts";
import { byId, element } from "../dom.ts";
import { sameOrigin } from "../entries.ts";
import { fullTime, shortTime } from "../format.ts";
import { icon, mark } from "../icons.ts";
import { showMarkdown } from "../markdown.ts";
import { button, problemNotice } from "../notice.ts";
import { createParts } from "../parts.ts";
import { pictureStrip } from "../picture-strip.ts";
import { problemFrom } from "../problem.ts";
import type { Picture } from "../state.ts";

type SharedMessage = SharedConversationJson["messages"][number];

function pictureFrom(image: SharedMessage["images"][number]): Picture {
  return {
    imageId: image.image_id,
    generationId: null,
    url: sameOrigin(image.url),
    thumbnailUrl: sameOrigin(image.thumbnail_url),
    width: image.width,
    height: image.height,
    mimeType: image.mime_type,
  };
}

/** Structured content with its pictures in their places, and those that stand in no part behind it. */
function structured(content: readonly ContentPart[], pictures: readonly Picture[]): readonly Node[] {
  const parts = createParts(null);
  parts.show(content, pictures);
  const placed = new Set(partImageIds(content));
  const rest = pictures.filter(({ imageId }) => !placed.has(imageId));
  return rest.length === 0 ? [parts.node] : [parts.node, pictureStrip(rest, "Picture")];
}

function messageView(message: SharedMessage): HTMLElement {
  const { role, content, images } = message;
  const pictures = images.map(pictureFrom);
  const isQuestion = role === "user";
  const attributes = isQuestion
    ? { class: "entry question", "aria-label": "Question" }
    : { class: "entry answer", "aria-label": "Muse" };
  if (typeof content !== "string") return element("article", attributes, ...structured(content, pictures));
  const strip = pictures.length === 0 ? null : pictureStrip(pictures, images[0]?.caption ?? content);
  if (isQuestion) {
    const text = element("p", { class: "question-text", dir: "auto", title: fullTime(message.created_at) }, content);
    return element("article", attributes, text, strip);
  }
  const prose = element("div", { class: "prose" });
  if (strip === null) showMarkdown(prose, content);
  else prose.append(element("p", { class: "picture-caption", dir: "auto" }, content));
  return element("article", attributes, strip, prose);
}

function goneView(status: number): HTMLElement {
  return element(
    "div",
    { class: "welcome" },
    element("h2", {}, status === 410 ? "This conversation is no longer shared" : "There is nothing at this link"),
    element(
      "p",
      { class: "welcome-lead" },
      status === 410
        ? "Whoever shared it has taken it back."
        : "The link may be incomplete. Ask whoever sent it to send it again.",
    ),
    element("a", { class: "small-button", href: "#/" }, icon("plus"), "Open Muse"),
  );
}

/** The page without an account: one shared conversation, to read. Its address is `#/s/<token>`. */
export function showShared(token: string): void {
  document.body.classList.add("is-shared");
  for (const id of ["sidebar", "composer-slot", "open-sidebar", "conversation-menu", "credits"])
    byId(id, HTMLElement).remove();
  const title = byId("conversation-title", HTMLElement);
  const timeline = byId("timeline", HTMLElement);
  const wordmark = element(
    "a",
    { class: "wordmark", href: "#/", title: "Open Muse" },
    mark(),
    element("span", {}, "Muse"),
  );
  const invitation = element("a", { class: "small-button", href: "#/" }, "Try Muse");
  title.before(wordmark);
  title.after(invitation);
  title.textContent = "Shared conversation";
  const head = element("header", { class: "shared-head", hidden: true });
  const rest = element("div", { class: "shared-rest", role: "status" });
  timeline.replaceChildren(head, rest);

  const showHead = (shared: SharedConversationJson) => {
    document.title = `${shared.title} · Muse`;
    title.textContent = "Shared conversation";
    const facts = `Shared ${shortTime(shared.shared_at)} · to read only`;
    head.hidden = false;
    head.replaceChildren(
      element("h2", { dir: "auto" }, shared.title),
      element("p", { title: fullTime(shared.shared_at) }, facts),
    );
  };

  const load = async (cursor: string | null): Promise<void> => {
    rest.replaceChildren("Loading…");
    try {
      const page = await api.getShared(token, cursor);
      if (cursor === null) showHead(page);
      rest.before(...page.messages.map(messageView));
      rest.replaceChildren();
      if (page.next_cursor !== null) await load(page.next_cursor);
      else if (timeline.querySelector("article") === null) rest.replaceChildren("There is nothing in it yet.");
    } catch (error) {
      const problem = problemFrom(error);
      if (cursor === null && (problem.status === 404 || problem.status === 410)) {
        timeline.replaceChildren(goneView(problem.status));
        return;
      }
      rest.replaceChildren(
        problemNotice(
          problem,
          button("Try again", "small-button", () => void load(cursor), icon("again")),
        ),
      );
    }
  };

  listenForCodeCopies(timeline);
  window.addEventListener("hashchange", () => window.location.reload());
  void load(null);
}
