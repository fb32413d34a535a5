import type { IconName } from "../icons.ts";
import type { AppState } from "../state.ts";
import type { PageModule } from "./page.ts";

export interface PageEntry {
  readonly label: string;
  readonly icon: IconName;
  /** Where a way to it stands; null where only links lead to it. */
  readonly place: "sidebar" | "account" | null;
  readonly isFor: (state: AppState) => boolean;
  /** Loaded when it is first opened. */
  readonly load: () => Promise<{ readonly page: PageModule }>;
}

const everybody = () => true;

/** The pages beside the conversations, by the name in their address. */
export const pages: Readonly<Record<string, PageEntry>> = {
  gallery: {
    label: "Gallery",
    icon: "picture",
    place: "sidebar",
    isFor: everybody,
    load: () => import("../gallery/gallery-page.ts"),
  },
  "verify-email": {
    label: "E-mail address",
    icon: "check",
    place: null,
    isFor: everybody,
    load: () => import("../account-page/verify-email-page.ts"),
  },
  "reset-password": {
    label: "New password",
    icon: "person",
    place: null,
    isFor: everybody,
    load: () => import("../account-page/reset-password-page.ts"),
  },
  "signed-in": {
    label: "Sign-in",
    icon: "person",
    place: null,
    isFor: everybody,
    load: () => import("../account-page/signed-in-page.ts"),
  },
  billing: {
    label: "Credits and plan",
    icon: "coin",
    place: "account",
    isFor: everybody,
    load: () => import("../billing-page/billing-page.ts"),
  },
  admin: {
    label: "Administration",
    icon: "sliders",
    place: "account",
    isFor: ({ user }) => user?.role === "admin",
    load: () => import("../admin-page/admin-page.ts"),
  },
  account: {
    label: "Account",
    icon: "person",
    place: "account",
    isFor: everybody,
    load: () => import("../account-page/account-page.ts"),
  },
};

export function isPage(name: string): boolean {
  return Object.hasOwn(pages, name);
}
