import type { PageModule } from "../pages/page.ts";
import { store } from "../state.ts";
import { apiKeysSection } from "./api-keys-section.ts";
import { dataSection } from "./data-section.ts";
import { profileSection } from "./profile-section.ts";
import { securitySection } from "./security-section.ts";
import { sessionsSection } from "./sessions-section.ts";
import { signInSection } from "./sign-in-section.ts";

export const page: PageModule = {
  show: (host) => {
    const isGuest = store.get().user?.is_guest === true;
    const sections = isGuest
      ? [signInSection()]
      : [profileSection(), securitySection(), sessionsSection(), apiKeysSection()];
    host.append(...sections, dataSection());
  },
};
