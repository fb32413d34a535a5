import { problemFrom, wordsFor } from "../problem.ts";
import { newKey } from "../state.ts";
import { showToast } from "../toast.ts";
import * as api from "./billing-api.ts";

/** Where Stripe's pages send the browser back to. */
const returnTo = () => `${window.location.origin}${window.location.pathname}#/billing`;

/** Leaves for a page of Stripe's. What goes wrong is said, and the person may try again. */
async function leaveFor(url: Promise<{ readonly url: string }>): Promise<void> {
  try {
    window.location.assign((await url).url);
  } catch (error) {
    showToast({ text: wordsFor(problemFrom(error)) });
  }
}

export const buy = (purchase: api.Purchase) => leaveFor(api.startCheckout(purchase, returnTo(), newKey()));
export const manage = () => leaveFor(api.openPortal(returnTo()));
