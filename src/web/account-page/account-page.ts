import type { PageModule } from "../pages/page.ts";
import { profileSection } from "./profile-section.ts";

export const page: PageModule = {
  show: (host) => {
    host.append(profileSection());
  },
};
