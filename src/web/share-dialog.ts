import * as api from "./api.ts";
import type { ConversationJson, ShareJson } from "./api-types.ts";
import { copyText } from "./copy.ts";
import { openDialog } from "./dialog.ts";
import { element } from "./dom.ts";
import { explainFailure } from "./features.ts";
import { fullTime } from "./format.ts";
import { icon } from "./icons.ts";
import { button } from "./notice.ts";
import { showToast } from "./toast.ts";

/** The shares that this page has seen; the API tells of one only when it is asked to make it. */
const known = new Map<string, ShareJson>();

/** Opens what shares a conversation and what ends that. */
export function openShare(conversation: ConversationJson): void {
  const body = element("div", { class: "share" });
  const dialog = openDialog({ title: "Share this conversation", kind: "share-dialog", content: [body] });

  const attempt = async (control: HTMLButtonElement, work: () => Promise<void>) => {
    control.disabled = true;
    try {
      await work();
    } catch (error) {
      explainFailure(error, "sharing", true);
    } finally {
      control.disabled = false;
    }
  };

  const showOffer = () => {
    const make = button(
      "Make a link",
      "primary-button",
      () => {
        void attempt(make, async () => {
          const share = await api.shareConversation(conversation.id);
          known.set(conversation.id, share);
          showShare(share);
        });
      },
      icon("link"),
    );
    body.replaceChildren(
      element(
        "p",
        { class: "dialog-lead" },
        "Everyone who has the link can read this conversation with its pictures, without an account: what is in it now, and what you add later. Nobody can write in it, and your name is not shown.",
      ),
      element("div", { class: "dialog-actions" }, make),
    );
    make.focus();
  };

  const showShare = (share: ShareJson) => {
    const address = element("input", { type: "text", class: "field", readonly: true, "aria-label": "Link" });
    address.value = share.url;
    address.addEventListener("focus", () => address.select());
    const copy = button("Copy", "primary-button", () => void copyText(copy, share.url), icon("copy"));
    const end = button("Stop sharing", "quiet-button is-dangerous", () => {
      void attempt(end, async () => {
        await api.unshareConversation(conversation.id);
        known.delete(conversation.id);
        dialog.close();
        showToast({ text: "No longer shared. The link does not work any more." });
      });
    });
    body.replaceChildren(
      element(
        "p",
        { class: "dialog-lead" },
        `Shared since ${fullTime(share.created_at)}. Everyone with this link can read along.`,
      ),
      element("div", { class: "share-row" }, address, copy),
      element(
        "div",
        { class: "dialog-actions" },
        end,
        element(
          "a",
          { class: "quiet-button", href: share.url, target: "_blank", rel: "noopener" },
          icon("share"),
          "Open it",
        ),
      ),
    );
    copy.focus();
  };

  const share = known.get(conversation.id);
  if (share === undefined) showOffer();
  else showShare(share);
}
